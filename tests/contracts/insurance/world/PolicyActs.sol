// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IPauses} from "../../../../contracts/access/IPauses.sol";
import {IPolicies} from "../../../../contracts/insurance/IPolicies.sol";
import {Quote, Terms} from "../../../../contracts/insurance/Terms.sol";
import {TermsHash} from "../../../../contracts/insurance/TermsHash.sol";
import {Watcher} from "./Watcher.sol";

/// @notice What farmers, payers, the insurer, guardians and anybody do with policies.
abstract contract PolicyActs is Watcher {
    /// @notice A farmer binds what the insurer offers him, and tries it again.
    function bind(uint256 who, uint256 premium, uint256 waitSeconds) external watched {
        who = who % 2;
        Terms memory terms = _makeTerms(who, fold(premium, 1, 9_999), fold(waitSeconds, 0, 2 hours));
        (Quote memory quote, bytes memory signature) = _quote(terms);
        bytes memory call = abi.encodeCall(IPolicies.bind, (quote, signature));
        if (!_actExactly(_mayBind(who), terms.farmer, address(POLICIES), call)) return;
        _keep(policies + 1, terms);
        _actExactly(false, terms.farmer, address(POLICIES), call);
    }

    /// @notice A farmer or the subsidy pays a part, or what is left.
    function payPremium(uint256 which, uint256 amount, uint256 payer, uint256 all) external watched {
        uint256 id = _newest(which, 2);
        if (id == 0 || POLICIES.state(id) != IPolicies.State.Bound) return;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        uint256 due = policy.premium - policy.premiumPaid;
        uint256 some = all % 2 == 0 ? due : fold(amount, 0, due);
        address from = payer % 3 == 0 ? SUBSIDY : POLICIES.ownerOf(id);
        bytes memory call = abi.encodeCall(IPolicies.payPremium, (id, termsOf(id), some));
        bool inTime = block.timestamp <= policy.premiumDueAt;
        if (_actExactly(inTime, from, address(POLICIES), call)) premiumIn += some;
    }

    /// @notice The usual course: bound, for a pond that has no cover where there is one, and paid for.
    function insure(uint256 who, uint256 premium) external {
        this.bind(_isFree(POLICIES.coverOf(ponds[who % 2], 0)) ? who % 2 : (who % 2) + 1, premium, 0);
        this.payPremium(0, 0, who, 0);
    }

    /// @notice The holder cancels.
    function cancel(uint256 which) external watched {
        uint256 id = _newest(which, 8);
        // A cover that every farmer gives up insures nothing: now and then.
        if (id == 0 || which % 3 != 0) return;
        IPolicies.State state = POLICIES.state(id);
        bool early = state == IPolicies.State.Bound || state == IPolicies.State.Waiting;
        uint256 locked = POOL.locked();
        bytes memory call = abi.encodeCall(IPolicies.cancel, (id));
        _actExactly(early || state == IPolicies.State.Active, POLICIES.ownerOf(id), address(POLICIES), call);
        if (early) released[id] += locked - POOL.locked();
    }

    /// @notice The insurer signs, and the holder takes, other probes; of the first pond there is a spare one.
    function endorse(uint256 which, uint256 probe) external watched {
        uint256 id = _newest(which, 3);
        if (id == 0 || POLICIES.policy(id).terminal) return;
        Terms memory terms = termsOf(id);
        bytes32[] memory probes = terms.pond == ponds[0]
            ? _sorted(streams[probe % 2], streams[4])
            : _sorted(streams[2], streams[3]);
        bytes32 before = PRODUCTS.hashTerms(terms);
        bytes memory call = _endorsement(id, terms, probes, before);
        (bool done, ) = _act(POLICIES.ownerOf(id), address(POLICIES), call);
        if (!done) return;
        terms.probes = probes;
        _keep(id, terms);
    }

    /// @notice A policy changes hands, with and without its insurer's consent.
    function transfer(uint256 which, uint256 back) external watched {
        uint256 id = _newest(which, 8);
        if (id == 0) return;
        address holder = POLICIES.ownerOf(id);
        address to = back % 2 == 0 ? termsOf(id).farmer : HEIR;
        if (holder == to) return;
        bytes memory call = abi.encodeCall(IERC721.transferFrom, (holder, to, id));
        _actExactly(false, holder, address(POLICIES), call);
        _actExactly(true, INSURER, address(POLICIES), abi.encodeCall(IPolicies.consentToTransfer, (id, to)));
        _actExactly(true, holder, address(POLICIES), call);
    }

    /// @notice Anybody ends whatever is over, or waits until it is.
    function end(uint256 which, uint256 patience) external watched {
        uint256 id = _newest(which, 4);
        if (id == 0) return;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        if (policy.coverFrom == 0 && patience % 2 == 0) _waitUntil(uint256(policy.premiumDueAt) + 1);
        if (policy.coverFrom > 0 && patience % 4 == 0) _waitUntil(POLICIES.claimableUntil(id) + 1);
        _end(id);
    }

    /// @notice Anybody has premium returned to a payer, mostly of a policy that owes some.
    function returnPremium(uint256 which, uint256 payer) external watched {
        uint256 id = _newest(which, 12);
        while (which % 4 > 0 && id > 1 && !_owesPremium(id)) --id;
        if (id == 0) return;
        address[4] memory payers = [FARMER, NEIGHBOUR, SUBSIDY, HEIR];
        uint256 i = payer % 4;
        for (uint256 left = 4; left > 0 && POLICIES.premiumOf(id, payers[i]) == 0; --left) i = (i + 1) % 4;
        _return(id, payers[i]);
    }

    /// @notice Anybody points at an outage.
    function refundOutage(uint256 which, uint256 batch) external watched {
        uint256 id = _newest(which, 4);
        if (id == 0 || POLICIES.policy(id).terminal) return;
        uint256 last = LEDGER.lastBatch();
        bytes memory call = abi.encodeCall(IPolicies.refundOutage, (id, termsOf(id), last - fold(batch, 0, last)));
        _act(STRANGER, address(POLICIES), call);
    }

    /// @notice Both guardians pause new policies or new claims, as far as they still may, or one of them ends it.
    function pause(uint256 what, uint256 resume) external watched {
        IPauses.Act act = what % 2 == 0 ? IPauses.Act.Bind : IPauses.Act.Prove;
        if (resume % 2 == 0 || what % 5 > 1) {
            _act(GUARDIAN, address(PAUSES), abi.encodeCall(IPauses.resume, (act)));
            return;
        }
        _act(GUARDIAN, address(PAUSES), abi.encodeCall(IPauses.pause, (act)));
        _act(SECOND_GUARDIAN, address(PAUSES), abi.encodeCall(IPauses.pause, (act)));
    }

    function _end(uint256 id) internal returns (bool done) {
        IPolicies.State state = POLICIES.state(id);
        IPolicies.Policy memory policy = POLICIES.policy(id);
        uint256 locked = POOL.locked();
        bool unpaid = state == IPolicies.State.Bound && block.timestamp > policy.premiumDueAt;
        bool over = state == IPolicies.State.Ended || state == IPolicies.State.Exhausted;
        bytes memory lapse = abi.encodeCall(IPolicies.lapse, (id));
        bytes memory close = abi.encodeCall(IPolicies.close, (id));
        if (unpaid || !over) done = _actExactly(unpaid, STRANGER, address(POLICIES), lapse);
        else done = _actExactly(policy.reserved == 0, STRANGER, address(POLICIES), close);
        released[id] += locked - POOL.locked();
    }

    function _return(uint256 id, address payer) internal {
        IPolicies.Policy memory policy = POLICIES.policy(id);
        bool may = policy.terminal && policy.refund > 0 && POLICIES.premiumOf(id, payer) > 0;
        uint256 held = TOKEN.balanceOf(payer);
        bytes memory call = abi.encodeCall(IPolicies.returnPremium, (id, payer));
        _actExactly(may, STRANGER, address(POLICIES), call);
        premiumOut += TOKEN.balanceOf(payer) - held;
    }

    /// @dev A policy that covers one of the ponds now; 0 where none does.
    function _covering(uint256 which) internal view returns (uint256 id) {
        for (uint256 i = 0; i < 2; ++i) {
            id = POLICIES.coverOf(ponds[((which % 2) + i) % 2], 0);
            if (POLICIES.state(id) == IPolicies.State.Active) return id;
        }
        return 0;
    }

    /// @dev A policy in whose cover the last night of its pond fell; 0 where there is none.
    function _struck(uint256 which) internal view returns (uint256 id) {
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 pond = ponds[((which % 2) + i) % 2];
            id = POLICIES.coverOf(pond, 0);
            uint256 nights = STORY.nights(pond);
            if (id == 0 || nights == 0) continue;
            uint256 from = POLICIES.policy(id).coverFrom;
            if (from > 0 && STORY.night(pond, nights - 1).fromMs >= from * 1000) return id;
        }
        return 0;
    }

    /// @dev One of the newest policies; 0 where there is none.
    function _newest(uint256 which, uint256 among) internal view returns (uint256) {
        uint256 back = which % among;
        return policies > back ? policies - back : policies;
    }

    function _owesPremium(uint256 id) private view returns (bool) {
        IPolicies.Policy memory policy = POLICIES.policy(id);
        return policy.terminal && policy.refund > 0;
    }

    function _endorsement(
        uint256 id,
        Terms memory terms,
        bytes32[] memory probes,
        bytes32 before
    ) private returns (bytes memory) {
        uint256 number = ++_lastQuote;
        bytes32[] memory old = terms.probes;
        terms.probes = probes;
        bytes32 next = PRODUCTS.hashTerms(terms);
        terms.probes = old;
        uint40 until = uint40(block.timestamp);
        bytes memory signature = _signed(TermsHash.ofEndorsement(id, before, next, number, until));
        return abi.encodeCall(IPolicies.endorse, (id, terms, probes, number, until, signature));
    }

    function _mayBind(uint256 who) private view returns (bool) {
        bool running = block.timestamp >= PAUSES.pausedUntil(IPauses.Act.Bind);
        bool free = _isFree(POLICIES.coverOf(ponds[who], 0));
        bool room = POLICIES.exposureOf("lake") + AGGREGATE <= PRODUCTS.product(1).maxPerWaterBody;
        return running && free && room && POOL.capital() - POOL.locked() >= AGGREGATE;
    }

    function _isFree(uint256 id) private view returns (bool) {
        if (id == 0) return true;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        bool unpaid = policy.coverFrom == 0 && block.timestamp > policy.premiumDueAt;
        bool exhausted = policy.coverFrom > 0 && policy.paid == policy.aggregateLimit;
        return policy.terminal || policy.cancelled || unpaid || exhausted || block.timestamp >= policy.endsAt;
    }
}
