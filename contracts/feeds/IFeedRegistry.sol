// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Values from outside
/// @notice Weather and prices, each signed by several reporters who fetched it themselves.
/// @dev Assumption: of the reports that are shown, fewer than half are false; then the median lies between two true
///      values. Who posts may choose which `quorum` of the reports to show, and no more than that.
interface IFeedRegistry {
    /// @param quorum distinct reporters whose signatures a value needs; more than half of all
    /// @param jumpQuorum as many for a value further than `maxStep` from the newest one
    /// @param maxAgeSeconds the observation is at most this old when it is posted
    /// @param maxAheadSeconds and at most this far ahead of the block's time
    /// @param maxStep largest ordinary distance from the newest value, in thousandths
    /// @param validMin smallest value that can be true, encoded as in a record (protocol §1)
    /// @param validMax largest one
    /// @param metric what is observed: number 0–7 in the table of weather metrics (insurance.md, "Weather")
    /// @param periodSeconds an observation tells of the period of this length that ends at its time
    /// @param offsetSeconds those times are this far from a multiple of the period
    struct Rules {
        uint8 quorum;
        uint8 jumpQuorum;
        uint32 maxAgeSeconds;
        uint32 maxAheadSeconds;
        uint32 maxStep;
        uint32 validMin;
        uint32 validMax;
        uint8 metric;
        uint32 periodSeconds;
        uint32 offsetSeconds;
    }

    /// @notice What one reporter saw.
    /// @param value encoded as in a record: round(1000 × value) + 2³¹
    /// @param answer sha256 of the provider's answer, byte by byte
    struct Report {
        uint32 value;
        bytes32 answer;
    }

    /// @param postedAt block time in seconds; 0 where nothing is known of that time
    struct Observation {
        uint32 value;
        uint40 observedAt;
        uint40 postedAt;
        uint8 reports;
    }

    /// @notice A feed exists from now on, or follows other rules. `source` says in words who is asked for what.
    event FeedDefined(bytes32 indexed feed, string source, Rules rules);
    /// @notice Exactly these accounts report from now on.
    event ReportersChanged(address[] reporters);
    /// @notice A value is known; the reports are those it is the median of, in the order of their signers.
    event ValuePosted(bytes32 indexed feed, uint40 indexed observedAt, uint32 value, Report[] reports);

    error BadRules(string field);
    error BadReporters();
    error UnknownFeed(bytes32 feed);
    error AlreadyPosted(bytes32 feed, uint40 observedAt);
    error TooFewReports(uint256 shown, uint256 needed);
    error NotOneSignatureEach(uint256 reports, uint256 signatures);
    error NotAReporter(address signer);
    error NotAscending(address signer, address before);
    error BetweenPeriods(uint40 observedAt, uint32 periodSeconds, uint32 offsetSeconds);
    error TooOld(uint40 observedAt, uint32 maxAgeSeconds);
    error TooFarAhead(uint40 observedAt, uint256 latest);
    error Implausible(uint32 value);

    /// @notice Defines a feed by the hash of its source, or changes its rules. Governor only.
    /// @dev Metric and periods stay for good: policies rest on them.
    function defineFeed(string calldata source, Rules calldata rules) external returns (bytes32 feed);

    /// @notice Names the reporters of all feeds, ascending, at most 15. Governor only.
    function setReporters(address[] calldata reporters) external;

    /// @notice Posts what reporters saw for one time. Anybody; each time once.
    /// @param signatures one a report, in the ascending order of their signers
    function post(
        bytes32 feed,
        uint40 observedAt,
        Report[] calldata reports,
        bytes[] calldata signatures
    ) external returns (uint32 value);

    /// @notice What is known of one time; all zero where nothing is.
    function observation(bytes32 feed, uint40 observedAt) external view returns (Observation memory);

    /// @notice The value of the latest time; all zero where nothing is known.
    function newest(bytes32 feed) external view returns (Observation memory);

    /// @notice A feed's rules; all zero where there is no such feed.
    function rulesOf(bytes32 feed) external view returns (Rules memory);

    /// @notice Who reports, ascending.
    function reporters() external view returns (address[] memory);

    /// @notice What a reporter signs (EIP-712).
    function reportDigest(bytes32 feed, uint40 observedAt, Report calldata report) external view returns (bytes32);
}
