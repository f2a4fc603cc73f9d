// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBindingPause} from "./IBindingPause.sol";
import {IPauses} from "./IPauses.sol";

/// @title Pauses
/// @notice Two guardians to stop, one to go on, and time goes on by itself.
contract Pauses is IPauses, AccessManaged {
    struct Span {
        uint40 from;
        uint40 until;
    }

    struct Proposal {
        address guardian;
        uint40 expiresAt;
    }

    uint256 private constant PERIOD_SECONDS = 90 days;
    uint256 private constant MOST_SECONDS = 14 days;

    /// @dev What a short pause counts as, so that guardians cannot make a list too long to read.
    uint256 private constant LEAST_SECONDS = 1 days;
    uint256 private constant PROPOSAL_SECONDS = 1 days;

    IBindingPause private _policies;

    /// @dev In order, none overlapping another; only the last can lie ahead.
    mapping(Act act => Span[]) private _spans;
    mapping(Act act => Proposal) private _proposals;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc IPauses
    function pause(Act act) external restricted {
        requireRunning(act);
        Proposal memory proposal = _proposals[act];
        bool seconded = block.timestamp <= proposal.expiresAt && proposal.guardian != msg.sender;
        if (!seconded) return _propose(act);
        uint256 used = _usedLately(act);
        require(used + LEAST_SECONDS <= MOST_SECONDS, PausedEnough(act, used));

        delete _proposals[act];
        uint40 until = uint40(block.timestamp + MOST_SECONDS - used);
        _spans[act].push(Span(uint40(block.timestamp), until));
        emit Paused(act, proposal.guardian, msg.sender, until);
        if (act == Act.Bind) _policies.pauseBinding(until);
    }

    /// @inheritdoc IPauses
    function setPolicies(address policies) external restricted {
        require(address(_policies) == address(0), PoliciesAlreadyNamed(address(_policies)));

        _policies = IBindingPause(policies);
    }

    /// @inheritdoc IPauses
    function resume(Act act) external restricted {
        require(block.timestamp < pausedUntil(act), NotPaused(act));

        Span[] storage spans = _spans[act];
        spans[spans.length - 1].until = uint40(block.timestamp);
        emit Resumed(act, msg.sender);
        if (act == Act.Bind) _policies.pauseBinding(uint40(block.timestamp));
    }

    /// @inheritdoc IPauses
    function requireRunning(Act act) public view {
        uint40 until = pausedUntil(act);
        require(block.timestamp >= until, ActPaused(act, until));
    }

    /// @inheritdoc IPauses
    function pausedUntil(Act act) public view returns (uint40) {
        Span[] storage spans = _spans[act];
        return spans.length == 0 ? 0 : spans[spans.length - 1].until;
    }

    /// @inheritdoc IPauses
    function pausedBetween(Act act, uint256 from, uint256 to) external view returns (uint256 paused) {
        Span[] storage spans = _spans[act];
        for (uint256 i = spans.length; i > 0 && spans[i - 1].until > from; --i) {
            (uint256 begin, uint256 end) = (Math.max(spans[i - 1].from, from), Math.min(spans[i - 1].until, to));
            if (end > begin) paused += end - begin;
        }
    }

    /// @inheritdoc IPauses
    function deadline(Act act, uint256 from, uint256 duration) external view returns (uint256 end) {
        Span[] storage spans = _spans[act];
        end = from + duration;
        for (uint256 i = _firstAfter(spans, from); i < spans.length; ++i) {
            Span memory span = spans[i];
            if (span.from > end) break;
            end += span.until - Math.max(span.from, from);
        }
    }

    function _propose(Act act) private {
        Proposal storage proposal = _proposals[act];
        (proposal.guardian, proposal.expiresAt) = (msg.sender, uint40(block.timestamp + PROPOSAL_SECONDS));
        emit PauseProposed(act, msg.sender, proposal.expiresAt);
    }

    /// @dev Paused seconds of the last period, each pause that reaches into it counted as a day at least. The sum over any
    ///      period that ends later is no greater: what a new pause adds, this leaves it.
    function _usedLately(Act act) private view returns (uint256 used) {
        Span[] storage spans = _spans[act];
        uint256 since = block.timestamp > PERIOD_SECONDS ? block.timestamp - PERIOD_SECONDS : 0;
        for (uint256 i = spans.length; i > 0 && spans[i - 1].until > since; --i) {
            used += Math.max(spans[i - 1].until - Math.max(spans[i - 1].from, since), LEAST_SECONDS);
        }
    }

    /// @dev Number of the first pause that ends after a moment; how many there are when none does.
    function _firstAfter(Span[] storage spans, uint256 from) private view returns (uint256 low) {
        uint256 high = spans.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (spans[middle].until > from) high = middle;
            else low = middle + 1;
        }
    }
}
