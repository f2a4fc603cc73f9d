// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The terms of a policy, as the insurer signs them (EIP-712) and as the claim contract reads them. Only their hash is
// stored; whoever acts on a policy passes them in again. Integers only. A `Value` is a metric in the encoding of a
// record: round(value × 1000) + 2³¹.

enum Source {
    Stream,
    Feed
}

enum Comparison {
    Below,
    AtOrBelow,
    Above,
    AtOrAbove
}

/// @param threshold value that the metric must be beyond throughout
/// @param minDurationMs time between the first and the last signed reading of the window, or of the whole periods observed
/// @param payoutBps part of the sum insured, in 1/10000
struct Tier {
    uint32 threshold;
    uint32 minDurationMs;
    uint16 payoutBps;
}

/// @notice A second metric that must hold over the same window (say, the aerator drew current).
/// @param present false: no second condition, the rest is zero
struct Condition {
    bool present;
    uint8 metric;
    Comparison comparison;
    uint32 threshold;
}

/// @param source readings of probes, or observations of feeds, which tell of a whole period of time each
/// @param metric slot 0–7 of the record, or of the table of weather metrics
/// @param tiers at most 6, by rising payout
/// @param validMin smallest value that counts as a measurement; a probe failing to a rail is no breach
/// @param maxGapMs longest time between readings, or without observations; shorter than every tier's minDurationMs
/// @param maxMissing holes allowed between the readings around the window, or periods without an observation
/// @param separationSeconds windows closer than this are one occurrence
/// @param deductible amount taken from the gross payout of an occurrence
/// @param sublimit most that this peril pays over the policy's life
struct Peril {
    Source source;
    uint8 metric;
    Comparison comparison;
    Tier[] tiers;
    uint32 validMin;
    uint32 validMax;
    uint32 maxGapMs;
    uint32 maxMissing;
    uint32 separationSeconds;
    uint256 deductible;
    uint256 sublimit;
    Condition second;
}

/// @param product number of an approved product
/// @param pond opaque id, salted: no name, no address
/// @param probes stream ids of the probes, and ids of the feeds, that may prove a claim, ascending, unique
/// @param minSensors how many distinct probes must agree; of feeds one suffices
/// @param allowedFlags record flags that may appear in a window; flag bits 8–15 (metric not measured) are always allowed
struct Terms {
    uint256 product;
    uint256 quoteNumber;
    address farmer;
    address insurer;
    bytes32 pond;
    bytes32 waterBody;
    bytes32[] probes;
    uint8 minSensors;
    address token;
    uint256 sumInsured;
    uint256 aggregateLimit;
    uint256 premium;
    uint40 premiumDueAt;
    uint40 startsAt;
    uint32 waitSeconds;
    uint40 endsAt;
    uint32 runOffSeconds;
    uint32 anchorWithinSeconds;
    uint32 challengeSeconds;
    uint32 disputeSeconds;
    uint32 arbitrationSeconds;
    uint32 demandSeconds;
    uint16 allowedFlags;
    uint256 auditSublimit;
    Peril[] perils;
}

/// @notice An offer to insure on these terms, binding the insurer until `expiresAt` (seconds).
struct Quote {
    Terms terms;
    uint40 expiresAt;
}
