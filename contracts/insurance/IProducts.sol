// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Peril, Terms} from "./Terms.sol";

/// @title Products
/// @notice Published by the insurer, approved by the governor, never edited.
interface IProducts {
    /// @param insurer whose signature makes a quote for this product
    /// @param token the settlement token
    /// @param scheduleHash hash of the perils without their amounts (deductible, sublimit)
    /// @param maxSumInsured cap of one policy's sum insured, in the token's smallest unit
    /// @param maxPerWaterBody cap of the aggregate limits of all policies on one water body, which die together
    /// @param approvalLimit amount above which approving a claim takes two keys
    /// @param maxTermSeconds longest time from `startsAt` to `endsAt`
    /// @param minChallengeSeconds, maxChallengeSeconds bounds of a policy's time for challenges
    /// @param shortestStepSeconds shortest time by which a tier of a peril outlasts another, or the start, rounded up
    struct Product {
        address insurer;
        address token;
        bytes32 scheduleHash;
        uint256 maxSumInsured;
        uint256 maxPerWaterBody;
        uint256 approvalLimit;
        uint32 maxTermSeconds;
        uint32 minChallengeSeconds;
        uint32 maxChallengeSeconds;
        uint32 shortestStepSeconds;
        bool approved;
    }

    /// @notice What becomes of the premium.
    /// @param provider who is paid for sensors and ledger
    /// @param providerFeeBps the provider's part of the premium that is kept, in 1/10000
    /// @param cancelRefundBps what a farmer who cancels gets back of the season that is left, in 1/10000
    /// @param seasonWeights how much each twelfth of the year weighs in a premium, January first, none 0
    struct Charges {
        address provider;
        uint16 providerFeeBps;
        uint16 cancelRefundBps;
        uint16[12] seasonWeights;
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
    /// @dev `scheduleHash`, `shortestStepSeconds` and `approved` are computed; what is passed for them is ignored.
    /// @param perils what every policy of the product covers; their deductible and sublimit are each policy's own
    /// @param document sha256 of the wording that the farmer reads
    function publish(
        Product calldata product,
        Charges calldata charges,
        Peril[] calldata perils,
        bytes32 document
    ) external returns (uint256 number);

    /// @notice Approves a published product. Governor only.
    function approve(uint256 number) external;

    /// @notice The product of a number; reverts with UnknownProduct where there is none.
    function product(uint256 number) external view returns (Product memory);

    /// @notice What becomes of the premium of a product's policies.
    function chargesOf(uint256 number) external view returns (Charges memory);

    /// @notice What of a premium falls on the time from `from` to `to`, by the weights of the season; rounded down.
    /// @param coverFrom, endsAt what the whole premium is for
    function premiumDown(
        uint256 number,
        uint256 premium,
        uint256 from,
        uint256 to,
        uint256 coverFrom,
        uint256 endsAt
    ) external view returns (uint256);

    /// @notice What a farmer who cancels now gets back of a premium; rounded down.
    function cancelRefundDown(
        uint256 number,
        uint256 premium,
        uint256 coverFrom,
        uint256 endsAt
    ) external view returns (uint256);

    /// @notice Who gets a fee out of premium that is kept, and how much; rounded down.
    function feeDown(uint256 number, uint256 kept) external view returns (address provider, uint256 fee);

    /// @notice Whose signature makes a quote for a product; zero where there is none.
    function insurerOf(uint256 number) external view returns (address);

    /// @notice Reverts unless a policy may be bound on these terms now: their product is approved and they keep its rules.
    /// @return termsHash EIP-712 struct hash of the terms
    /// @return maxPerWaterBody the product's
    function requireBindable(Terms calldata terms) external view returns (bytes32 termsHash, uint256 maxPerWaterBody);

    /// @notice EIP-712 struct hash of terms.
    function hashTerms(Terms calldata terms) external pure returns (bytes32);

    /// @notice EIP-712 struct hash of terms whose probes are new. Reverts on probes that no terms may have.
    function requireEndorsable(Terms calldata terms) external pure returns (bytes32 termsHash);

    /// @notice Hash of what a product fixes about perils: EIP-712 hash of the list with every deductible and sublimit zero.
    function scheduleHash(Peril[] calldata perils) external pure returns (bytes32);
}
