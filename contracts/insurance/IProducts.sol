// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Peril} from "./Terms.sol";

/// @title Products
/// @notice Published by the insurer, approved by the governor, never edited.
interface IProducts {
    /// @param insurer whose signature makes a quote for this product
    /// @param token the settlement token
    /// @param scheduleHash hash of the perils without their amounts (deductible, sublimit)
    /// @param maxSumInsured cap of one policy's sum insured, in the token's smallest unit
    /// @param approvalLimit amount above which approving a claim takes two keys
    /// @param maxTermSeconds longest time from `startsAt` to `endsAt`
    /// @param minChallengeSeconds, maxChallengeSeconds bounds of a policy's time for challenges
    struct Product {
        address insurer;
        address token;
        bytes32 scheduleHash;
        uint256 maxSumInsured;
        uint256 approvalLimit;
        uint32 maxTermSeconds;
        uint32 minChallengeSeconds;
        uint32 maxChallengeSeconds;
        bool approved;
    }

    /// @notice An insurer offers a product; nothing can be bound on it yet.
    event ProductPublished(uint256 indexed number, address indexed insurer, bytes32 scheduleHash, bytes32 document);
    /// @notice Policies may be bound on the product.
    event ProductApproved(uint256 indexed number);

    error UnknownProduct(uint256 number);
    error ProductAlreadyApproved(uint256 number);
    error BadProduct(string field);
    error BadPeril(uint256 peril, string field);

    /// @notice Publishes a product and returns its number, from 1. Insurer's product role only.
    /// @dev `scheduleHash` and `approved` are computed; what is passed for them is ignored.
    /// @param perils what every policy of the product covers; their deductible and sublimit are each policy's own
    /// @param document sha256 of the wording that the farmer reads
    function publish(Product calldata product, Peril[] calldata perils, bytes32 document) external returns (uint256 number);

    /// @notice Approves a published product. Governor only.
    function approve(uint256 number) external;

    /// @notice The product of a number; reverts with UnknownProduct where there is none.
    function product(uint256 number) external view returns (Product memory);

    /// @notice Hash of what a product fixes about perils: EIP-712 hash of the list with every deductible and sublimit zero.
    function scheduleHash(Peril[] calldata perils) external pure returns (bytes32);
}
