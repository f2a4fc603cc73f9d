// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Assembly here: copies words of calldata that Solidity would decode and encode one by one.
// solhint-disable no-inline-assembly

import {Condition, Peril, Terms, Tier} from "./Terms.sol";

/// @title Terms hash
/// @notice EIP-712 struct hashes of quotes and terms.
/// @dev What the ABI encodes is, but for lists and inner structs, what EIP-712 hashes: so words are copied from calldata as
///      they come. A value with dirty bits hashes to what nobody signed, and reading it reverts.
library TermsHash {
    bytes32 internal constant CONDITION_TYPEHASH =
        keccak256("Condition(bool present,uint8 metric,uint8 comparison,uint32 threshold)");

    bytes32 internal constant TIER_TYPEHASH =
        keccak256("Tier(uint32 threshold,uint32 minDurationMs,uint16 payoutBps)");

    bytes32 internal constant PERIL_TYPEHASH =
        keccak256(
            "Peril(uint8 source,uint8 metric,uint8 comparison,Tier[] tiers,uint32 validMin,uint32 validMax,uint32 maxGapMs,uint32 maxMissing,uint32 separationSeconds,uint256 deductible,uint256 sublimit,Condition second)Condition(bool present,uint8 metric,uint8 comparison,uint32 threshold)Tier(uint32 threshold,uint32 minDurationMs,uint16 payoutBps)"
        );

    bytes32 internal constant TERMS_TYPEHASH =
        keccak256(
            "Terms(uint256 product,uint256 quoteNumber,address farmer,address insurer,bytes32 pond,bytes32 waterBody,bytes32[] probes,uint8 minSensors,address token,uint256 sumInsured,uint256 aggregateLimit,uint256 premium,uint40 premiumDueAt,uint40 startsAt,uint32 waitSeconds,uint40 endsAt,uint32 runOffSeconds,uint32 anchorWithinSeconds,uint32 challengeSeconds,uint32 disputeSeconds,uint32 arbitrationSeconds,uint32 demandSeconds,uint16 allowedFlags,uint256 auditSublimit,Peril[] perils)Condition(bool present,uint8 metric,uint8 comparison,uint32 threshold)Peril(uint8 source,uint8 metric,uint8 comparison,Tier[] tiers,uint32 validMin,uint32 validMax,uint32 maxGapMs,uint32 maxMissing,uint32 separationSeconds,uint256 deductible,uint256 sublimit,Condition second)Tier(uint32 threshold,uint32 minDurationMs,uint16 payoutBps)"
        );

    bytes32 internal constant ENDORSEMENT_TYPEHASH =
        keccak256(
            "Endorsement(uint256 policy,bytes32 fromTermsHash,bytes32 toTermsHash,uint256 quoteNumber,uint40 expiresAt)"
        );

    bytes32 internal constant QUOTE_TYPEHASH =
        keccak256(
            "Quote(Terms terms,uint40 expiresAt)Condition(bool present,uint8 metric,uint8 comparison,uint32 threshold)Peril(uint8 source,uint8 metric,uint8 comparison,Tier[] tiers,uint32 validMin,uint32 validMax,uint32 maxGapMs,uint32 maxMissing,uint32 separationSeconds,uint256 deductible,uint256 sublimit,Condition second)Terms(uint256 product,uint256 quoteNumber,address farmer,address insurer,bytes32 pond,bytes32 waterBody,bytes32[] probes,uint8 minSensors,address token,uint256 sumInsured,uint256 aggregateLimit,uint256 premium,uint40 premiumDueAt,uint40 startsAt,uint32 waitSeconds,uint40 endsAt,uint32 runOffSeconds,uint32 anchorWithinSeconds,uint32 challengeSeconds,uint32 disputeSeconds,uint32 arbitrationSeconds,uint32 demandSeconds,uint16 allowedFlags,uint256 auditSublimit,Peril[] perils)Tier(uint32 threshold,uint32 minDurationMs,uint16 payoutBps)"
        );

    /// @notice Hash of a quote whose terms hash to `termsHash`.
    function ofQuote(bytes32 termsHash, uint40 expiresAt) internal pure returns (bytes32) {
        return keccak256(abi.encode(QUOTE_TYPEHASH, termsHash, expiresAt));
    }

    function ofTerms(Terms calldata terms) internal pure returns (bytes32 hash) {
        (hash, ) = ofTermsAndSchedule(terms);
    }

    /// @notice Hash of terms, and `ofPerils`' second hash of their perils.
    function ofTermsAndSchedule(Terms calldata terms) internal pure returns (bytes32 hash, bytes32 schedule) {
        bytes32 perils;
        (perils, schedule) = ofPerils(terms.perils);
        bytes32 probes = keccak256(abi.encodePacked(terms.probes));
        bytes32 typeHash = TERMS_TYPEHASH;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, typeHash)
            // 25 words, of which number 6 and number 24 say where the lists are.
            calldatacopy(add(buffer, 0x20), terms, 0x320)
            mstore(add(buffer, 0xe0), probes)
            mstore(add(buffer, 0x320), perils)
            hash := keccak256(buffer, 0x340)
        }
    }

    /// @notice Hash of an insurer's leave to replace probes.
    function ofEndorsement(
        uint256 policy,
        bytes32 fromTermsHash,
        bytes32 toTermsHash,
        uint256 quoteNumber,
        uint40 expiresAt
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(ENDORSEMENT_TYPEHASH, policy, fromTermsHash, toTermsHash, quoteNumber, expiresAt));
    }

    /// @notice Hash of a list of perils; and of the same list with every deductible and sublimit zero, which is what a
    ///         product fixes.
    function ofPerils(Peril[] calldata perils) internal pure returns (bytes32 hash, bytes32 schedule) {
        bytes32[] memory hashes = new bytes32[](perils.length);
        bytes32[] memory schedules = new bytes32[](perils.length);
        for (uint256 i = 0; i < perils.length; ++i) (hashes[i], schedules[i]) = _ofPeril(perils[i]);
        return (keccak256(abi.encodePacked(hashes)), keccak256(abi.encodePacked(schedules)));
    }

    function _ofPeril(Peril calldata peril) private pure returns (bytes32 hash, bytes32 schedule) {
        bytes32 tiers = _ofTiers(peril.tiers);
        bytes32 second = _ofCondition(peril.second);
        bytes32 typeHash = PERIL_TYPEHASH;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, typeHash)
            // 11 words before the condition, of which number 3 says where the tiers are.
            calldatacopy(add(buffer, 0x20), peril, 0x160)
            mstore(add(buffer, 0x80), tiers)
            mstore(add(buffer, 0x180), second)
            hash := keccak256(buffer, 0x1a0)
            // Numbers 9 and 10: deductible and sublimit.
            mstore(add(buffer, 0x140), 0)
            mstore(add(buffer, 0x160), 0)
            schedule := keccak256(buffer, 0x1a0)
        }
    }

    function _ofTiers(Tier[] calldata tiers) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](tiers.length);
        bytes32 typeHash = TIER_TYPEHASH;
        for (uint256 i = 0; i < tiers.length; ++i) {
            Tier calldata tier = tiers[i];
            bytes32 hash;
            assembly ("memory-safe") {
                let buffer := mload(0x40)
                mstore(buffer, typeHash)
                calldatacopy(add(buffer, 0x20), tier, 0x60)
                hash := keccak256(buffer, 0x80)
            }
            hashes[i] = hash;
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _ofCondition(Condition calldata condition) private pure returns (bytes32 hash) {
        bytes32 typeHash = CONDITION_TYPEHASH;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, typeHash)
            calldatacopy(add(buffer, 0x20), condition, 0x80)
            hash := keccak256(buffer, 0xa0)
        }
    }
}
