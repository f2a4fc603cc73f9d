// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IFeedRegistry} from "./IFeedRegistry.sol";

/// @title Feed registry
/// @notice Medians of signed reports, one for each feed and time, never changed.
contract FeedRegistry is IFeedRegistry, EIP712, AccessManaged {
    uint256 private constant MOST_REPORTERS = 15;
    uint256 private constant METRICS = 8;
    bytes32 private constant REPORT_TYPE =
        keccak256("Report(bytes32 feed,uint40 observedAt,uint32 value,bytes32 answer)");

    address[] private _reporters;
    /// @dev Version of the last reporter set that an account belonged to; the first set is 1.
    mapping(address reporter => uint256) private _memberOf;
    uint256 private _setVersion;

    mapping(bytes32 feed => Rules) private _rules;
    mapping(bytes32 feed => uint40) private _newestAt;
    mapping(bytes32 feed => mapping(uint40 observedAt => Observation)) private _observations;

    constructor(address initialAuthority) EIP712("Pondproof feeds", "1") AccessManaged(initialAuthority) {}

    /// @inheritdoc IFeedRegistry
    function defineFeed(string calldata source, Rules calldata rules) external restricted returns (bytes32 feed) {
        require(rules.quorum > 0, BadRules("quorum"));
        require(rules.jumpQuorum >= rules.quorum && rules.jumpQuorum <= MOST_REPORTERS, BadRules("jumpQuorum"));
        require(2 * uint256(rules.quorum) > _reporters.length, BadRules("quorum"));
        require(rules.maxAgeSeconds > 0, BadRules("maxAgeSeconds"));
        require(rules.validMin > 0 && rules.validMin <= rules.validMax, BadRules("validMin"));
        require(rules.metric < METRICS, BadRules("metric"));
        require(rules.periodSeconds > 0, BadRules("periodSeconds"));
        require(rules.offsetSeconds < rules.periodSeconds, BadRules("offsetSeconds"));

        feed = keccak256(bytes(source));
        Rules storage before = _rules[feed];
        require(before.quorum == 0 || _observeTheSame(before, rules), BadRules("metric"));
        _rules[feed] = rules;
        emit FeedDefined(feed, source, rules);
    }

    /// @inheritdoc IFeedRegistry
    function setReporters(address[] calldata next) external restricted {
        require(next.length > 0 && next.length <= MOST_REPORTERS, BadReporters());

        uint256 version = ++_setVersion;
        _reporters = next;
        address before = address(0);
        for (uint256 i = 0; i < next.length; ++i) {
            require(next[i] > before, BadReporters());
            before = next[i];
            _memberOf[before] = version;
        }
        emit ReportersChanged(next);
    }

    /// @inheritdoc IFeedRegistry
    function post(
        bytes32 feed,
        uint40 observedAt,
        Report[] calldata reports,
        bytes[] calldata signatures
    ) external returns (uint32 value) {
        Rules memory rules = _rules[feed];
        require(rules.quorum > 0, UnknownFeed(feed));
        require(_observations[feed][observedAt].postedAt == 0, AlreadyPosted(feed, observedAt));
        _requireTimely(observedAt, rules);
        require(
            observedAt % rules.periodSeconds == rules.offsetSeconds,
            BetweenPeriods(observedAt, rules.periodSeconds, rules.offsetSeconds)
        );
        require(reports.length == signatures.length, NotOneSignatureEach(reports.length, signatures.length));
        _requireQuorum(reports.length, _quorum(rules));
        _requireSigned(feed, observedAt, reports, signatures);
        value = _lowerMedian(reports);
        require(value >= rules.validMin && value <= rules.validMax, Implausible(value));
        uint40 newestAt = _newestAt[feed];
        if (newestAt != 0 && _distance(value, _observations[feed][newestAt].value) > rules.maxStep)
            _requireQuorum(reports.length, rules.jumpQuorum);

        _observations[feed][observedAt] = Observation({
            value: value,
            observedAt: observedAt,
            postedAt: uint40(block.timestamp),
            reports: uint8(reports.length)
        });
        if (observedAt > newestAt) _newestAt[feed] = observedAt;
        emit ValuePosted(feed, observedAt, value, reports);
    }

    /// @inheritdoc IFeedRegistry
    function observation(bytes32 feed, uint40 observedAt) external view returns (Observation memory) {
        return _observations[feed][observedAt];
    }

    /// @inheritdoc IFeedRegistry
    function newest(bytes32 feed) external view returns (Observation memory) {
        return _observations[feed][_newestAt[feed]];
    }

    /// @inheritdoc IFeedRegistry
    function rulesOf(bytes32 feed) external view returns (Rules memory) {
        return _rules[feed];
    }

    /// @inheritdoc IFeedRegistry
    function reporters() external view returns (address[] memory) {
        return _reporters;
    }

    /// @inheritdoc IFeedRegistry
    function reportDigest(bytes32 feed, uint40 observedAt, Report calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPE, feed, observedAt, report.value, report.answer)));
    }

    function _requireTimely(uint40 observedAt, Rules memory rules) private view {
        uint256 latest = block.timestamp + rules.maxAheadSeconds;
        require(uint256(observedAt) + rules.maxAgeSeconds >= block.timestamp, TooOld(observedAt, rules.maxAgeSeconds));
        require(observedAt <= latest, TooFarAhead(observedAt, latest));
    }

    /// @dev Ascending signers are distinct ones.
    function _requireSigned(
        bytes32 feed,
        uint40 observedAt,
        Report[] calldata reports,
        bytes[] calldata signatures
    ) private view {
        address before = address(0);
        for (uint256 i = 0; i < reports.length; ++i) {
            bytes32 digest = reportDigest(feed, observedAt, reports[i]);
            (address signer, , ) = ECDSA.tryRecoverCalldata(digest, signatures[i]);
            uint256 version = _memberOf[signer];
            require(signer != address(0) && version != 0 && version == _setVersion, NotAReporter(signer));
            require(signer > before, NotAscending(signer, before));
            before = signer;
        }
    }

    /// @dev A larger set of reporters may have come after the rules: half of it still does not suffice.
    function _quorum(Rules memory rules) private view returns (uint256) {
        uint256 majority = _reporters.length / 2 + 1;
        return majority > rules.quorum ? majority : rules.quorum;
    }

    function _requireQuorum(uint256 shown, uint256 needed) private pure {
        require(shown >= needed, TooFewReports(shown, needed));
    }

    /// @dev The lower of two middle ones: a value that somebody signed, never an average that nobody saw.
    function _lowerMedian(Report[] calldata reports) private pure returns (uint32) {
        uint32[] memory sorted = new uint32[](reports.length);
        for (uint256 i = 0; i < reports.length; ++i) {
            uint256 place = i;
            for (; place > 0 && sorted[place - 1] > reports[i].value; --place) sorted[place] = sorted[place - 1];
            sorted[place] = reports[i].value;
        }
        return sorted[(reports.length - 1) / 2];
    }

    function _observeTheSame(Rules storage a, Rules calldata b) private view returns (bool) {
        return a.metric == b.metric && a.periodSeconds == b.periodSeconds && a.offsetSeconds == b.offsetSeconds;
    }

    function _distance(uint32 a, uint32 b) private pure returns (uint32) {
        return a > b ? a - b : b - a;
    }
}
