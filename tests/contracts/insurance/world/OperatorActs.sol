// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "../../../../contracts/evidence/IBatchLedger.sol";
import {IOperatorBond} from "../../../../contracts/evidence/IOperatorBond.sol";
import {IDeviceRegistry} from "../../../../contracts/identity/IDeviceRegistry.sol";
import {PolicyActs} from "./PolicyActs.sol";
import {Lie} from "./Story.sol";
import {StoryChallenges} from "./StoryChallenges.sol";

/// @notice Bad nights, what the operator makes of them, and who convicts him.
abstract contract OperatorActs is PolicyActs {
    /// @dev A batch in which the operator lied, and about which stream.
    struct Lied {
        uint256 batch;
        bytes32 streamId;
    }

    Lied[] private _lies;

    /// @notice A night of 1 to 22 hours in one pond, an insured one where there is one, which is anchored within an hour, or
    ///         late, or not yet.
    function night(uint256 pond, uint256 hours_, uint256 anchored, uint256 committed, uint256 lie) external watched {
        uint256 insured = _covering(pond);
        bytes32 where = insured == 0 ? ponds[pond % 2] : termsOf(insured).pond;
        _strike(where, fold(hours_, 1, 22), committed % 2 == 0);
        if (anchored % 4 == 0) cheats.warp(block.timestamp + 2 hours);
        if (anchored % 8 < 7) _operatorAnchors(lie);
    }

    /// @notice The operator anchors, with or without a lie.
    function anchor(uint256 lie) external watched {
        _operatorAnchors(lie);
    }

    /// @notice Somebody convicts the operator of a lie of his; of an honest batch nobody can.
    function convict(uint256 which, uint256 how) external watched {
        (bool found, Lied memory lied) = _standingLie(which);
        if (!found) return;
        bytes memory call = abi.encodeCall(StoryChallenges.convict, (lied.streamId, lied.batch));
        if (how % 3 == 1) call = abi.encodeCall(StoryChallenges.convictFromHere, (lied.streamId, lied.batch));
        if (how % 3 == 2) call = abi.encodeCall(StoryChallenges.convictDirectory, (lied.batch));
        _actExactly(true, how % 2 == 0 ? CHALLENGER : OPERATOR, address(CHALLENGES), call);
    }

    /// @notice Now and then a probe contradicts itself, or is revoked.
    function spoil(uint256 probe, uint256 time, uint256 how) external watched {
        bytes32 streamId = streams[probe % PROBES];
        if (how % 4 == 0) {
            uint48 fromMs = uint48(block.timestamp * 1000 - fold(time, 0, 4 days * 1000));
            bool may = fromMs < CHALLENGES.suspectFromMs(streamId);
            bytes memory call = abi.encodeCall(StoryChallenges.suspect, (streamId, fromMs));
            _actExactly(may, CHALLENGER, address(CHALLENGES), call);
        } else if (how % 16 == 1) {
            _act(FARMER, address(REGISTRY), abi.encodeCall(IDeviceRegistry.revoke, (streamId, 0)));
        }
    }

    /// @notice The operator adds to his bond, asks for some of it, or takes it.
    function stake(uint256 amount, uint256 how) external watched {
        uint256 some = fold(amount, 1, 9_999);
        if (how % 3 == 0) _actExactly(true, OPERATOR, address(BOND), abi.encodeCall(IOperatorBond.post, (OPERATOR, some)));
        if (how % 3 == 1) _act(OPERATOR, address(BOND), abi.encodeCall(IOperatorBond.requestWithdrawal, (some)));
        if (how % 3 == 2) {
            if (amount % 2 == 0) _waitUntil(block.timestamp + 5 days);
            _act(OPERATOR, address(BOND), abi.encodeCall(IOperatorBond.withdraw, ()));
        }
    }

    /// @dev One that nobody was convicted of yet.
    function _standingLie(uint256 which) private view returns (bool, Lied memory lied) {
        for (uint256 i = 0; i < _lies.length; ++i) {
            lied = _lies[((which % _lies.length) + i) % _lies.length];
            if (CHALLENGES.isUsable(lied.streamId, lied.batch)) return (true, lied);
        }
        return (false, lied);
    }

    /// @dev A night of so many hours, from soon on, and the time until it is over.
    function _strike(bytes32 pond, uint256 hours_, bool committed) internal {
        uint48 fromMs = _nowMs() + 2 * STORY.STEP_MS();
        uint48 toMs = fromMs + uint48(hours_) * 3_600_000;
        STORY.tell(pond, fromMs, toMs, committed);
        cheats.warp(toMs / 1000 + 15 minutes);
    }

    /// @dev With a bond that suffices, which he mostly makes sure of, and with a lie about a stream or without.
    function _operatorAnchors(uint256 lie) internal {
        if (!BOND.suffices(OPERATOR)) {
            if (lie % 5 == 0) return;
            _actExactly(true, OPERATOR, address(BOND), abi.encodeCall(IOperatorBond.post, (OPERATOR, 20_000)));
        }
        bytes32 streamId = streams[(lie / 8) % PROBES];
        Lie told = lie % 8 < 4 ? Lie(lie % 4) : Lie.None;
        uint256 batch = _anchorLying(streamId, told);
        ++successes[IBatchLedger.anchor.selector];
        if (told != Lie.None) _lies.push(Lied(batch, streamId));
    }
}
