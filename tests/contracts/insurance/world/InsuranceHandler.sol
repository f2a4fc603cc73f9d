// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPauses} from "../../../../contracts/access/IPauses.sol";
import {IOperatorBond} from "../../../../contracts/evidence/IOperatorBond.sol";
import {IClaims} from "../../../../contracts/insurance/IClaims.sol";
import {IDisputes} from "../../../../contracts/insurance/IDisputes.sol";
import {IFundPayouts} from "../../../../contracts/insurance/IFundPayouts.sol";
import {IPolicies} from "../../../../contracts/insurance/IPolicies.sol";
import {IPool} from "../../../../contracts/insurance/IPool.sol";
import {IProducts} from "../../../../contracts/insurance/IProducts.sol";
import {ClaimActs} from "./ClaimActs.sol";

/// @notice Everybody at once: what `PolicyActs`, `OperatorActs` and `ClaimActs` bring, time, shareholders, and a stranger
///         who tries everything.
contract InsuranceHandler is ClaimActs {
    uint256 public fundCredits;

    constructor() {
        _deposit(ANN, 400_000);
        _deposit(BOB, 300_000);
    }

    /// @notice Hours mostly, sometimes days.
    function wait(uint256 time) external watched {
        cheats.warp(block.timestamp + fold(time / 4, 1, time % 4 == 0 ? 3 days : 8 hours));
    }

    /// @notice Slashes go to who convicted, to the fund, to policyholders and to the pool.
    function distribute(uint256 stream, uint256 who) external watched {
        bytes32 streamId = stream % 6 == 5 ? bytes32(0) : streams[stream % PROBES];
        for (uint256 i = 0; i < PROBES && BOND.owedTo(streamId) == 0; ++i) streamId = streams[i];
        address by = who % 2 == 0 ? CHALLENGER : OPERATOR;
        bool rewarded = BOND.rewardOf(by, streamId) > 0;
        bytes memory call = abi.encodeCall(IOperatorBond.collectReward, (streamId));
        _actExactly(rewarded, by, address(BOND), call);
        _forward(streamId);
    }

    /// @notice A policyholder takes a credit of the fund; or it has become the pool's.
    function takeCredit(uint256 which, uint256 policy, uint256 toPool) external watched {
        _countCredits();
        if (fundCredits == 0) return;
        uint256 id = fundCredits - (which % fundCredits);
        uint256 insured = _newest(policy, 4);
        if (toPool % 2 == 0) _toPool(id);
        else if (insured > 0)
            _act(STRANGER, address(FUND), abi.encodeCall(IFundPayouts.take, (id, insured, termsOf(insured))));
    }

    function deposit(uint256 who, uint256 amount) external watched byAShareholder {
        uint256 some = fold(amount, 0, 500_000);
        if (POOL.convertToShares(some) > 0) _deposit(who % 2 == 0 ? ANN : BOB, some);
    }

    /// @notice A shareholder asks for a part of what he has; takes it when he may; or thinks better of it.
    function redeem(uint256 who, uint256 part, uint256 end) external watched byAShareholder {
        address from = who % 2 == 0 ? ANN : BOB;
        IPool.Redemption memory request = POOL.redemptionOf(from);
        uint256 held = POOL.balanceOf(from);
        if (request.shares == 0) {
            uint256 shares = fold(part, 0, held);
            bytes memory ask = abi.encodeCall(IPool.requestRedemption, (shares));
            _actExactly(shares > 0, from, address(POOL), ask);
        } else if (end % 4 == 0 || block.timestamp > request.until) {
            _actExactly(true, from, address(POOL), abi.encodeCall(IPool.endRedemption, (from)));
        } else {
            if (end % 4 == 1) _waitUntil(request.from);
            _redeem(from, block.timestamp >= request.from);
        }
    }

    /// @notice The insurer adds capital for nothing.
    function contribute(uint256 amount) external watched byAShareholder {
        uint256 some = fold(amount, 0, 9_999);
        _actExactly(true, INSURER, address(POOL), abi.encodeCall(IPool.contribute, (some)));
        capitalIn += some;
    }

    /// @notice Tokens that come without a call are nobody's.
    function donate(uint256 where, uint256 amount) external watched byAShareholder {
        address[6] memory places = _places();
        uint256 some = fold(amount, 0, 999_999);
        TOKEN.mint(places[where % 6], some);
        donated[places[where % 6]] += some;
    }

    function payFees() external watched byAShareholder {
        _actExactly(true, STRANGER, address(POOL), abi.encodeCall(IPool.payFees, (PROVIDER)));
    }

    /// @notice A stranger tries whatever is not his.
    function grief(uint256 what, uint256 which) external watched byAShareholder {
        uint256 id = policies == 0 ? 1 : 1 + (which % policies);
        uint256 claim = claims == 0 ? 1 : 1 + (which % claims);
        bytes[13] memory calls = [
            abi.encodeCall(IPolicies.cancel, (id)),
            abi.encodeCall(IPolicies.consentToTransfer, (id, STRANGER)),
            abi.encodeCall(IPolicies.pay, (id, 1, STRANGER)),
            abi.encodeCall(IPolicies.reserve, (id, 1)),
            abi.encodeCall(IPool.release, (1)),
            abi.encodeCall(IPool.pay, (STRANGER, 1)),
            abi.encodeCall(IPool.redeem, ()),
            abi.encodeCall(IClaims.namePayee, (claim, STRANGER)),
            abi.encodeCall(IClaims.rejectUnanswered, (claim)),
            abi.encodeCall(IDisputes.onMoot, (claim)),
            abi.encodeCall(IPauses.pause, (IPauses.Act.Prove)),
            abi.encodeCall(IProducts.approve, (1)),
            abi.encodeCall(IOperatorBond.slash, (OPERATOR, streams[0], STRANGER))
        ];
        uint256 i = what % calls.length;
        address[5] memory wheres = [address(POLICIES), address(POOL), address(CLAIMS), address(DISPUTES), address(BOND)];
        address where = wheres[i < 4 ? 0 : i < 7 ? 1 : i < 9 ? 2 : i == 9 ? 3 : 4];
        if (i == 10) where = address(PAUSES);
        if (i == 11) where = address(PRODUCTS);
        cheats.prank(STRANGER);
        (bool done, ) = where.call(calls[i]);
        isFalse(done, "a stranger did what is not his");
    }

    /// @notice Anybody, with time alone, ends everything there is.
    function endEverything() public watched {
        for (uint256 round = 0; round < 8; ++round) {
            cheats.warp(block.timestamp + 60 days);
            for (uint256 id = 1; id <= claims; ++id) _endClaim(id);
        }
        for (uint256 id = 1; id <= policies; ++id) {
            if (!POLICIES.policy(id).terminal) _end(id);
            address[4] memory payers = [FARMER, NEIGHBOUR, SUBSIDY, HEIR];
            for (uint256 i = 0; i < payers.length; ++i) _return(id, payers[i]);
        }
        for (uint256 i = 0; i < _rich.length; ++i) _withdraw(_rich[i]);
        _withdraw(AGENT);
        for (uint256 i = 0; i < PROBES; ++i) _forward(streams[i]);
        _forward(0);
        _countCredits();
        cheats.warp(block.timestamp + 181 days);
        for (uint256 id = 1; id <= fundCredits; ++id) {
            if (FUND.creditOf(id).amount > 0) _toPool(id);
        }
    }

    function _endClaim(uint256 id) private {
        IClaims.Claim memory claim = CLAIMS.claim(id);
        if (_isOpen(claim.state)) _proceed(id);
        claim = CLAIMS.claim(id);
        if (claim.settled > claim.paid) _collect(id);
    }

    /// @notice Credits that nobody took of the fund.
    function fundHolds() external view returns (uint256 sum) {
        for (uint256 id = 1; FUND.creditOf(id).creditedAt > 0 || id <= fundCredits; ++id) sum += FUND.creditOf(id).amount;
    }

    function _deposit(address who, uint256 amount) private {
        _actExactly(true, who, address(POOL), abi.encodeCall(IPool.deposit, (amount)));
        brought[who] += amount;
        capitalIn += amount;
    }

    function _redeem(address who, bool may) private {
        uint256 held = TOKEN.balanceOf(who);
        _actExactly(may, who, address(POOL), abi.encodeCall(IPool.redeem, ()));
        uint256 amount = TOKEN.balanceOf(who) - held;
        taken[who] += amount;
        capitalOut += amount;
    }

    function _forward(bytes32 streamId) private {
        bytes memory call = abi.encodeCall(IOperatorBond.forward, (streamId));
        _actExactly(BOND.owedTo(streamId) > 0, STRANGER, address(BOND), call);
    }

    function _toPool(uint256 id) private {
        IFundPayouts.Credit memory credit = FUND.creditOf(id);
        (bool done, ) = _act(STRANGER, address(FUND), abi.encodeCall(IFundPayouts.toPool, (id)));
        if (done) capitalIn += credit.amount;
    }

    /// @dev Credits are numbered; those that are gone are empty, so only the first empty one after the last known counts.
    function _countCredits() private {
        while (FUND.creditOf(fundCredits + 1).amount > 0) ++fundCredits;
    }

    function _places() private view returns (address[6] memory) {
        return [
            address(POOL),
            address(DISPUTES),
            address(BOND),
            address(FUND),
            address(POLICIES),
            address(CLAIMS)
        ];
    }
}
