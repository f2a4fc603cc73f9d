// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../../contracts/access/Authority.sol";
import {IBindingPause} from "../../../contracts/access/IBindingPause.sol";
import {IPauses} from "../../../contracts/access/IPauses.sol";
import {Pauses} from "../../../contracts/access/Pauses.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {Spec} from "../Spec.sol";

/// @notice This test stands for the policies contract.
contract PausesTest is Spec, IBindingPause {
    IPauses.Act private constant PROVE = IPauses.Act.Prove;

    Authority private authority = new Authority(address(this));
    Pauses private pauses = new Pauses(address(authority));
    address private first = someone("first guardian");
    address private second = someone("second guardian");
    uint40 private toldUntil;

    function setUp() external {
        cheats.warp(1_800_000_000);
        bytes4[] memory acts = new bytes4[](2);
        (acts[0], acts[1]) = (Pauses.pause.selector, Pauses.resume.selector);
        authority.setTargetFunctionRole(address(pauses), acts, Roles.GUARDIAN);
        authority.grantRole(Roles.GUARDIAN, first, 0);
        authority.grantRole(Roles.GUARDIAN, second, 0);
        pauses.setPolicies(address(this));
    }

    function pauseBinding(uint40 until) external {
        toldUntil = until;
    }

    function test_GivenOneGuardian_WhenHePauses_ThenNothingStops() external {
        _as(first);
        pauses.pause(PROVE);
        _as(first);
        pauses.pause(PROVE);
        pauses.requireRunning(PROVE);
    }

    function test_GivenTwoGuardians_WhenBothPause_ThenThatActStopsForAWhile() external {
        uint256 start = block.timestamp;
        _pause(PROVE);
        same(pauses.pausedUntil(PROVE), start + 14 days, "until");
        cheats.expectRevert(abi.encodeWithSelector(IPauses.ActPaused.selector, PROVE, start + 14 days));
        pauses.requireRunning(PROVE);
        pauses.requireRunning(IPauses.Act.Bind);
        cheats.warp(start + 14 days);
        pauses.requireRunning(PROVE);
    }

    function test_GivenBindingPauses_ThenPoliciesAreTold() external {
        _pause(IPauses.Act.Bind);
        same(toldUntil, block.timestamp + 14 days, "told");
        cheats.warp(block.timestamp + 3 days);
        _as(second);
        pauses.resume(IPauses.Act.Bind);
        same(toldUntil, block.timestamp, "told that it goes on");
    }

    function test_RevertWhen_TheSecondComesTooLate() external {
        _as(first);
        pauses.pause(PROVE);
        cheats.warp(block.timestamp + 1 days + 1);
        _as(second);
        pauses.pause(PROVE);
        pauses.requireRunning(PROVE);
    }

    function test_RevertWhen_ItWasPausedEnough() external {
        _pause(PROVE);
        cheats.warp(block.timestamp + 14 days);
        _as(first);
        pauses.pause(PROVE);
        cheats.expectRevert(abi.encodeWithSelector(IPauses.PausedEnough.selector, PROVE, 14 days));
        _as(second);
        pauses.pause(PROVE);
        cheats.warp(block.timestamp + 90 days);
        _pause(PROVE);
    }

    function test_RevertWhen_ThePoliciesAreNamedTwice() external {
        cheats.expectRevert(abi.encodeWithSelector(IPauses.PoliciesAlreadyNamed.selector, address(this)));
        pauses.setPolicies(someone("other policies"));
    }

    function test_RevertWhen_AStrangerPausesOrResumes() external {
        cheats.expectRevert();
        _as(someone("stranger"));
        pauses.pause(PROVE);
        _pause(PROVE);
        cheats.expectRevert();
        _as(someone("stranger"));
        pauses.resume(PROVE);
        cheats.expectRevert(abi.encodeWithSelector(IPauses.NotPaused.selector, IPauses.Act.Bind));
        _as(first);
        pauses.resume(IPauses.Act.Bind);
    }

    function test_GivenAPause_WhenRunOffEndsInIt_ThenTheDeadlineMovesByIt() external {
        uint256 end = block.timestamp;
        cheats.warp(end + 1 days);
        _pause(PROVE);
        same(pauses.deadline(PROVE, end, 2 days), end + 16 days, "while it lasts");
        cheats.warp(end + 4 days);
        _as(first);
        pauses.resume(PROVE);
        same(pauses.deadline(PROVE, end, 2 days), end + 5 days, "ended early");
        same(pauses.deadline(PROVE, end, 12 hours), end + 12 hours, "over before it");
        same(pauses.deadline(PROVE, end + 2 days, 1 days), end + 5 days, "begun within it");
        same(pauses.deadline(PROVE, end + 4 days, 1 days), end + 5 days, "begun after it");
        same(pauses.pausedBetween(PROVE, end, end + 2 days), 1 days, "between");
    }

    /// @notice Pauses of whatever number and length stop an act for at most 14 days in any 90, and a deadline leaves
    ///         exactly its free time.
    function testFuzz_StopsNothingForLongerThanItMay(uint32[24] memory waits, bool[24] memory early, uint64 probe) external {
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < waits.length; ++i) {
            _tryPause();
            cheats.warp(block.timestamp + fold(waits[i], 1, 12 days));
            if (!early[i] || block.timestamp >= pauses.pausedUntil(PROVE)) continue;
            _as(first);
            pauses.resume(PROVE);
        }
        uint256 from = start + fold(probe, 0, 200 days);
        atMost(pauses.pausedBetween(PROVE, from, from + 90 days), 14 days, "paused in 90 days");
        uint256 end = pauses.deadline(PROVE, from, 10 days);
        same(end - from - pauses.pausedBetween(PROVE, from, end), 10 days, "free time");
    }

    function _tryPause() private {
        _as(first);
        try pauses.pause(PROVE) {} catch {}
        _as(second);
        try pauses.pause(PROVE) {} catch {}
    }

    function _pause(IPauses.Act act) private {
        _as(first);
        pauses.pause(act);
        _as(second);
        pauses.pause(act);
    }

    function _as(address who) private {
        cheats.prank(who);
    }
}
