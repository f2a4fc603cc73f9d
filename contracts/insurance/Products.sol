// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IProducts} from "./IProducts.sol";
import {PerilRules} from "./PerilRules.sol";
import {Peril} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title Products
/// @notice What may be insured, on which schedule, within which caps.
contract Products is IProducts, AccessManaged {
    using SafeCast for uint256;

    /// @dev Four words of a product.
    struct Entry {
        address insurer;
        uint32 maxTermSeconds;
        uint32 minChallengeSeconds;
        uint32 maxChallengeSeconds;
        address token;
        bool approved;
        bytes32 scheduleHash;
        uint128 maxSumInsured;
        uint128 approvalLimit;
    }

    uint256 private _lastNumber;
    mapping(uint256 number => Entry) private _entries;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc IProducts
    function publish(
        Product calldata offered,
        Peril[] calldata perils,
        bytes32 document
    ) external restricted returns (uint256 number) {
        require(offered.insurer != address(0), BadProduct("insurer"));
        require(offered.token != address(0), BadProduct("token"));
        require(offered.maxSumInsured > 0, BadProduct("maxSumInsured"));
        require(offered.maxTermSeconds > 0, BadProduct("maxTermSeconds"));
        require(offered.minChallengeSeconds > 0, BadProduct("minChallengeSeconds"));
        require(offered.maxChallengeSeconds >= offered.minChallengeSeconds, BadProduct("maxChallengeSeconds"));
        PerilRules.check(perils);

        number = ++_lastNumber;
        (, bytes32 schedule) = TermsHash.ofPerils(perils);
        _entries[number] = Entry({
            insurer: offered.insurer,
            maxTermSeconds: offered.maxTermSeconds,
            minChallengeSeconds: offered.minChallengeSeconds,
            maxChallengeSeconds: offered.maxChallengeSeconds,
            token: offered.token,
            approved: false,
            scheduleHash: schedule,
            maxSumInsured: offered.maxSumInsured.toUint128(),
            approvalLimit: offered.approvalLimit.toUint128()
        });
        emit ProductPublished(number, offered.insurer, schedule, document);
    }

    /// @inheritdoc IProducts
    function approve(uint256 number) external restricted {
        Entry storage entry = _entries[number];
        require(entry.insurer != address(0), UnknownProduct(number));
        require(!entry.approved, ProductAlreadyApproved(number));

        entry.approved = true;
        emit ProductApproved(number);
    }

    /// @inheritdoc IProducts
    function product(uint256 number) external view returns (Product memory) {
        Entry memory entry = _entries[number];
        require(entry.insurer != address(0), UnknownProduct(number));
        return
            Product({
                insurer: entry.insurer,
                token: entry.token,
                scheduleHash: entry.scheduleHash,
                maxSumInsured: entry.maxSumInsured,
                approvalLimit: entry.approvalLimit,
                maxTermSeconds: entry.maxTermSeconds,
                minChallengeSeconds: entry.minChallengeSeconds,
                maxChallengeSeconds: entry.maxChallengeSeconds,
                approved: entry.approved
            });
    }

    /// @inheritdoc IProducts
    function scheduleHash(Peril[] calldata perils) external pure returns (bytes32) {
        (, bytes32 schedule) = TermsHash.ofPerils(perils);
        return schedule;
    }
}
