// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {IPauses} from "../../../contracts/access/IPauses.sol";
import {Pauses} from "../../../contracts/access/Pauses.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {BatchLedger} from "../../../contracts/evidence/BatchLedger.sol";
import {IOperatorBond} from "../../../contracts/evidence/IOperatorBond.sol";
import {IPolicyholdersFund} from "../../../contracts/evidence/IPolicyholdersFund.sol";
import {OperatorBond} from "../../../contracts/evidence/OperatorBond.sol";
import {ConsentRegistry} from "../../../contracts/identity/ConsentRegistry.sol";
import {Forwarder} from "../../../contracts/identity/Forwarder.sol";
import {IPolicies} from "../../../contracts/insurance/IPolicies.sol";
import {IProducts} from "../../../contracts/insurance/IProducts.sol";
import {Policies} from "../../../contracts/insurance/Policies.sol";
import {Pool} from "../../../contracts/insurance/Pool.sol";
import {Products} from "../../../contracts/insurance/Products.sol";
import {Comparison, Condition, Peril, Quote, Source, Terms, Tier} from "../../../contracts/insurance/Terms.sol";
import {TermsHash} from "../../../contracts/insurance/TermsHash.sol";
import {TestToken} from "../../../contracts/settlement/TestToken.sol";
import {Spec} from "../Spec.sol";

/// @notice Farmers, payers, an insurer, time, and itself in the place of the claims contract, all at random.
contract PoliciesHandler is Spec {
    uint256 private constant INSURER_KEY = 77;
    uint256 private constant PONDS = 3;
    uint256 private constant CAPITAL = 1_000_000;

    Authority public immutable AUTHORITY = new Authority(address(this));
    TestToken public immutable TOKEN = new TestToken(address(this));
    Products public immutable PRODUCTS = new Products(address(AUTHORITY));
    Pool public immutable POOL = new Pool(address(AUTHORITY), TOKEN, 45 days);
    Pauses public immutable PAUSES = new Pauses(address(AUTHORITY));
    OperatorBond public immutable BOND = new OperatorBond(address(AUTHORITY), TOKEN, IOperatorBond.Rules(1, 1, 0));
    BatchLedger public immutable BATCHES = new BatchLedger(address(AUTHORITY), BOND);
    ConsentRegistry public immutable CONSENTS =
        new ConsentRegistry(address(AUTHORITY), address(new Forwarder()));
    Policies public immutable POLICIES = new Policies(address(AUTHORITY), PRODUCTS, POOL, PAUSES, BATCHES, CONSENTS);

    address private _farmer = someone("farmer");
    address[2] private _payers = [someone("farmer"), someone("subsidy")];
    address[2] private _guardians = [someone("first guardian"), someone("second guardian")];
    mapping(uint256 policy => Terms) private _terms;

    uint256 public policies;
    uint256 public premiumIn;
    uint256 public premiumOut;
    uint256 public claimsPaid;
    uint256 public capitalIn;
    uint256 public capitalOut;
    uint256 public donated;
    uint256 public outagesRefunded;
    mapping(uint256 policy => bytes32) public whenTerminal;

    constructor() {
        cheats.warp(1_800_000_000);
        POOL.setPolicies(address(POLICIES));
        POLICIES.setClaims(address(this));
        AUTHORITY.grantRole(Roles.UNDERWRITER, cheats.addr(INSURER_KEY), 0);
        AUTHORITY.grantRole(Roles.OPERATOR, address(this), 0);
        BOND.connect(BATCHES, address(this), IPolicyholdersFund(address(this)));
        TOKEN.mint(address(this), 1);
        TOKEN.approve(address(BOND), 1);
        BOND.post(address(this), 1);
        BATCHES.setOperator(address(this));
        bytes4[] memory pausing = new bytes4[](1);
        pausing[0] = Pauses.pause.selector;
        AUTHORITY.setTargetFunctionRole(address(PAUSES), pausing, Roles.GUARDIAN);
        for (uint256 i = 0; i < 2; ++i) AUTHORITY.grantRole(Roles.GUARDIAN, _guardians[i], 0);
        PRODUCTS.publish(_product(), _charges(), _perils(), "wording");
        PRODUCTS.approve(1);
        for (uint256 i = 0; i < _payers.length; ++i) {
            TOKEN.mint(_payers[i], 1e12);
            cheats.prank(_payers[i]);
            TOKEN.approve(address(POOL), 1e12);
        }
        TOKEN.mint(address(this), 1e12);
        TOKEN.approve(address(POOL), 1e12);
        deposit(CAPITAL - 1);
    }

    function deposit(uint256 amount) public {
        uint256 some = fold(amount, 1, CAPITAL);
        if (POOL.convertToShares(some) == 0) return;
        POOL.deposit(some);
        capitalIn += some;
    }

    /// @notice Half of what the depositor has, asked for or taken as far as there is free capital.
    function redeem() external {
        Pool.Redemption memory request = POOL.redemptionOf(address(this));
        if (request.shares == 0) return POOL.requestRedemption((1 + POOL.balanceOf(address(this))) / 2);
        if (block.timestamp > request.until) return POOL.endRedemption(address(this));
        if (block.timestamp >= request.from) capitalOut += POOL.redeem();
    }

    function contribute(uint256 amount) external {
        uint256 some = fold(amount, 0, CAPITAL);
        POOL.contribute(some);
        capitalIn += some;
    }

    /// @notice Tokens that come without a call are nobody's.
    function donate(uint256 amount) external {
        uint256 some = fold(amount, 0, CAPITAL);
        TOKEN.mint(address(POOL), some);
        donated += some;
    }

    function payFees() external {
        POOL.payFees(someone("provider"));
    }

    function cancel(uint8 which) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        IPolicies.State state = POLICIES.state(id);
        bool may = state == IPolicies.State.Bound ||
            state == IPolicies.State.Waiting ||
            state == IPolicies.State.Active;
        cheats.prank(_farmer);
        try POLICIES.cancel(id) {
            isTrue(may, "cancelled what cannot be");
        } catch {
            isFalse(may, "not cancelled");
        }
    }

    function anchor() external {
        BATCHES.anchor(BATCHES.lastBatch() + 1, "root", 1, 1, "manifest");
    }

    function refundOutages() external {
        uint256 last = BATCHES.lastBatch();
        for (uint256 id = policies > 3 ? policies - 3 : 1; id <= policies; ++id) {
            for (uint256 batch = last > 3 ? last - 3 : 0; batch <= last; ++batch) {
                try POLICIES.refundOutage(id, _terms[id], batch) {
                    ++outagesRefunded;
                } catch {}
            }
        }
    }

    function pauseClaims() external {
        for (uint256 i = 0; i < 2; ++i) {
            cheats.prank(_guardians[i]);
            try PAUSES.pause(IPauses.Act.Prove) {} catch {}
        }
    }

    function bind(uint8 pond, uint24 limit, uint16 premium, uint8 waiting) external {
        Terms memory terms = _makeTerms(pond, 1 + limit % 400_000, 1 + uint256(premium), waiting);
        Quote memory quote = Quote(terms, type(uint40).max);
        bytes32 hash = TermsHash.ofQuote(PRODUCTS.hashTerms(terms), quote.expiresAt);
        (uint8 v, bytes32 r, bytes32 s) = cheats.sign(
            INSURER_KEY,
            MessageHashUtils.toTypedDataHash(_domain(), hash)
        );
        bool free = _isFree(POLICIES.coverOf(terms.pond, 0)) && POOL.capital() - POOL.locked() >= terms.aggregateLimit;
        cheats.prank(_farmer);
        try POLICIES.bind(quote, abi.encodePacked(r, s, v)) returns (uint256 id) {
            isTrue(free, "bound beside another, or without capital");
            policies = id;
            _keep(id, terms);
        } catch {
            isFalse(free, "refused though nothing stood against it");
        }
    }

    function payPremium(uint8 which, uint16 amount, bool all, bool subsidised) external {
        // The newest policies are those that can still be paid for.
        uint256 id = policies > which % 3 ? policies - (which % 3) : 0;
        if (id == 0 || POLICIES.state(id) != IPolicies.State.Bound) return;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        if (block.timestamp > policy.premiumDueAt) return;
        uint256 due = policy.premium - policy.premiumPaid;
        uint256 some = all ? due : fold(amount, 0, due);
        cheats.prank(_payers[subsidised ? 1 : 0]);
        POLICIES.payPremium(id, _terms[id], some);
        premiumIn += some;
    }

    function endAll(uint8 payer) external {
        for (uint256 id = 1; id <= policies; ++id) _end(id, payer);
    }

    function payAll(bool subsidised) external {
        this.payPremium(0, 0, true, subsidised);
    }

    function reserve(uint8 which, uint256 amount) external {
        uint256 id = _pick(which);
        if (id == 0 || !_claims(id)) return;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        POLICIES.reserve(id, fold(amount, 0, policy.aggregateLimit - policy.paid - policy.reserved));
    }

    function pay(uint8 which, uint256 amount) external {
        uint256 id = _pick(which);
        if (id == 0 || POLICIES.policy(id).terminal) return;
        uint256 some = fold(amount, 0, POLICIES.policy(id).reserved);
        POLICIES.pay(id, some, _farmer);
        claimsPaid += some;
    }

    function release(uint8 which, uint256 amount) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        POLICIES.release(id, fold(amount, 0, POLICIES.policy(id).reserved));
    }

    function reserveAudit(uint8 which, uint256 amount) external {
        uint256 id = _pick(which);
        if (id == 0 || !_claims(id)) return;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        uint256 left = policy.aggregateLimit - policy.paid - policy.reserved;
        uint256 sublimit = policy.auditTaken + left / 2;
        POLICIES.reserveAudit(id, fold(amount, 0, left / 2), sublimit);
    }

    function payEverything() external {
        for (uint256 id = 1; id <= policies; ++id) {
            uint256 reserved = POLICIES.policy(id).reserved;
            POLICIES.pay(id, reserved, _farmer);
            claimsPaid += reserved;
        }
    }

    function wait(uint32 time) external {
        cheats.warp(block.timestamp + fold(time, 1, 5 days));
    }

    function _end(uint256 id, uint8 payer) private {
        IPolicies.State state = POLICIES.state(id);
        IPolicies.Policy memory policy = POLICIES.policy(id);
        if (state == IPolicies.State.Bound && block.timestamp > policy.premiumDueAt) POLICIES.lapse(id);
        else if (state == IPolicies.State.Exhausted) POLICIES.close(id);
        else if (state == IPolicies.State.Ended && policy.reserved == 0) POLICIES.close(id);
        else if (policy.terminal) _returnPremium(id, _payers[payer % 2]);
        _remember(id);
    }

    function _claims(uint256 id) private view returns (bool) {
        IPolicies.State state = POLICIES.state(id);
        if (POLICIES.policy(id).terminal) return false;
        return
            state == IPolicies.State.Active || state == IPolicies.State.RunOff || state == IPolicies.State.Cancelled;
    }

    function _returnPremium(uint256 id, address payer) private {
        if (POLICIES.premiumOf(id, payer) == 0 || POLICIES.policy(id).refund == 0) return;
        uint256 held = TOKEN.balanceOf(payer);
        POLICIES.returnPremium(id, payer);
        premiumOut += TOKEN.balanceOf(payer) - held;
    }

    /// @dev A policy that is over for good must never look different again.
    function _remember(uint256 id) private {
        IPolicies.Policy memory policy = POLICIES.policy(id);
        if (policy.terminal && whenTerminal[id] == 0) whenTerminal[id] = keccak256(abi.encode(policy));
    }

    function _isFree(uint256 id) private view returns (bool) {
        if (id == 0) return true;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        bool unpaid = policy.coverFrom == 0 && block.timestamp > policy.premiumDueAt;
        bool exhausted = policy.paid == policy.aggregateLimit;
        return policy.terminal || unpaid || exhausted || block.timestamp >= policy.endsAt;
    }

    function _pick(uint8 which) private view returns (uint256) {
        return policies == 0 ? 0 : 1 + (which % policies);
    }

    function _domain() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                    keccak256("Pondproof"),
                    keccak256("1"),
                    block.chainid,
                    POLICIES
                )
            );
    }

    function _product() private view returns (IProducts.Product memory product) {
        product.insurer = cheats.addr(INSURER_KEY);
        product.token = address(TOKEN);
        (product.maxSumInsured, product.maxPerWaterBody) = (1e9, 1e9);
        (product.maxTermSeconds, product.minChallengeSeconds, product.maxChallengeSeconds) = (60 days, 1, 1 days);
    }

    function _charges() private pure returns (IProducts.Charges memory charges) {
        (charges.provider, charges.providerFeeBps, charges.cancelRefundBps) = (someone("provider"), 777, 8_333);
        for (uint16 i = 0; i < 12; ++i) charges.seasonWeights[i] = 1 + ((i * 7) % 5);
    }

    function _perils() private pure returns (Peril[] memory perils) {
        perils = new Peril[](1);
        Peril memory peril = perils[0];
        peril.tiers = new Tier[](1);
        peril.tiers[0] = Tier(1000, 2 hours * 1000, 10_000);
        (peril.source, peril.comparison) = (Source.Stream, Comparison.Below);
        (peril.validMin, peril.validMax, peril.maxGapMs, peril.separationSeconds) = (1, 5000, 60_000, 3600);
        peril.second = Condition(false, 0, Comparison.Below, 0);
        peril.sublimit = 1;
    }

    function _makeTerms(
        uint256 pond,
        uint256 limit,
        uint256 premium,
        uint32 wait_
    ) private view returns (Terms memory terms) {
        (terms.product, terms.quoteNumber) = (1, uint256(keccak256(abi.encode(policies, gasleft(), pond))));
        (terms.farmer, terms.insurer, terms.token) = (_farmer, cheats.addr(INSURER_KEY), address(TOKEN));
        terms.pond = bytes32(1 + (pond % PONDS));
        terms.probes = new bytes32[](1);
        terms.minSensors = 1;
        (terms.sumInsured, terms.aggregateLimit, terms.premium) = (limit, limit, premium);
        terms.premiumDueAt = uint40(block.timestamp + 3 days);
        terms.startsAt = uint40(block.timestamp + 1 days);
        (terms.waitSeconds, terms.endsAt) = (wait_, uint40(block.timestamp + 9 days));
        (terms.anchorWithinSeconds, terms.runOffSeconds, terms.challengeSeconds) = (3600, 2 days, 3600);
        terms.perils = _perils();
    }

    /// @dev Lists of structs are copied to storage one by one.
    function _keep(uint256 id, Terms memory terms) private {
        Terms storage kept = _terms[id];
        (kept.product, kept.quoteNumber, kept.farmer) = (terms.product, terms.quoteNumber, terms.farmer);
        (kept.insurer, kept.token, kept.pond) = (terms.insurer, terms.token, terms.pond);
        (kept.probes, kept.minSensors) = (terms.probes, terms.minSensors);
        (kept.sumInsured, kept.aggregateLimit, kept.premium) = (
            terms.sumInsured,
            terms.aggregateLimit,
            terms.premium
        );
        (kept.premiumDueAt, kept.startsAt, kept.endsAt) = (terms.premiumDueAt, terms.startsAt, terms.endsAt);
        (kept.waitSeconds, kept.runOffSeconds) = (terms.waitSeconds, terms.runOffSeconds);
        (kept.anchorWithinSeconds, kept.challengeSeconds) = (terms.anchorWithinSeconds, terms.challengeSeconds);
        Peril storage peril = kept.perils.push();
        Peril memory from = terms.perils[0];
        (peril.source, peril.comparison, peril.second) = (from.source, from.comparison, from.second);
        (peril.validMin, peril.validMax, peril.maxGapMs) = (from.validMin, from.validMax, from.maxGapMs);
        (peril.separationSeconds, peril.sublimit) = (from.separationSeconds, from.sublimit);
        peril.tiers.push(from.tiers[0]);
    }
}

contract PoliciesTest is Spec {
    PoliciesHandler private world = new PoliciesHandler();
    Policies private policies = world.POLICIES();
    Pool private pool = world.POOL();

    function setUp() external {
        target(address(world));
    }

    /// @dev One campaign for all: each of its runs tells of every invariant, and costs as much as of one.
    function invariant_01_to_07_HoldAfterEveryAct() external view {
        _require01TheTokensAreThere();
        _require02LockedIsWhatLivePoliciesMayStillPay();
        _require03NoPolicyPaysMoreThanItsLimit();
        _require05WhatIsTerminalNeverChanges();
        _require07EveryUnitOfPremiumIsSomewhere();
        _require07RefundsAreWholeOnceEveryPayerWasServed();
    }

    function _require01TheTokensAreThere() private view {
        same(
            world.TOKEN().balanceOf(address(pool)),
            pool.capital() + pool.unearned() + pool.owed() + world.donated(),
            "balance of the pool"
        );
    }

    function _require02LockedIsWhatLivePoliciesMayStillPay() private view {
        (uint256 locked, uint256 reserved, uint256 exposed) = (0, 0, 0);
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = policies.policy(id);
            if (policy.terminal) continue;
            locked += policy.aggregateLimit - policy.paid;
            reserved += policy.reserved;
            exposed += policy.aggregateLimit;
        }
        same(pool.locked(), locked, "locked");
        same(pool.reserved(), reserved, "reserved");
        same(policies.exposureOf(0), exposed, "exposure of the water body");
    }

    function _require03NoPolicyPaysMoreThanItsLimit() private view {
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = policies.policy(id);
            atMost(policy.paid + policy.reserved, policy.aggregateLimit, "paid and reserved");
        }
    }

    function _require05WhatIsTerminalNeverChanges() private view {
        for (uint256 id = 1; id <= world.policies(); ++id) {
            bytes32 seen = world.whenTerminal(id);
            if (seen != 0) same(keccak256(abi.encode(policies.policy(id))), seen, "terminal policy");
        }
    }

    function _require07EveryUnitOfPremiumIsSomewhere() private view {
        (uint256 earned, uint256 held) = (0, 0);
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = policies.policy(id);
            if (!policy.terminal) held += policy.premiumPaid;
            else if (policies.state(id) == IPolicies.State.Closed) earned += policy.premium - policy.refund;
        }
        uint256 fees = pool.owed() + world.TOKEN().balanceOf(someone("provider"));
        uint256 refunds = pool.unearned() - held + world.premiumOut();
        same(world.premiumIn(), held + earned + refunds, "premium in");
        same(
            pool.capital() + world.capitalOut() + world.claimsPaid() + fees,
            world.capitalIn() + earned,
            "capital and fees"
        );
    }

    /// @dev What goes back goes back to the last unit: nothing of it stays when every payer was served.
    function _require07RefundsAreWholeOnceEveryPayerWasServed() private view {
        uint256 held = 0;
        bool served = true;
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = policies.policy(id);
            if (!policy.terminal) held += policy.premiumPaid;
            else if (policy.refund > 0 && _stillToServe(id) > 0) served = false;
        }
        if (served) same(pool.unearned(), held, "unearned");
    }

    function test_RevertWhen_ClaimsTakeMoreThanThereIs() external {
        world.bind(0, 999, 99, 0);
        cheats.expectRevert(abi.encodeWithSelector(IPolicies.OverAggregate.selector, 1001, 1000));
        cheats.prank(address(world));
        policies.reserve(1, 1001);
        cheats.prank(address(world));
        policies.reserve(1, 600);
        cheats.expectRevert(abi.encodeWithSelector(IPolicies.OverAggregate.selector, 401, 400));
        cheats.prank(address(world));
        policies.reserve(1, 401);
        cheats.expectRevert(abi.encodeWithSelector(IPolicies.MoreThanReserved.selector, 601, 600));
        cheats.prank(address(world));
        policies.pay(1, 601, address(this));
        cheats.expectRevert(abi.encodeWithSelector(IPolicies.UnknownPolicy.selector, 2));
        cheats.prank(address(world));
        policies.reserve(2, 1);
    }

    function test_RevertWhen_AStrangerPausesBinding() external {
        address stranger = someone("stranger");
        cheats.expectRevert(abi.encodeWithSelector(IPolicies.OnlyPauses.selector, stranger));
        cheats.prank(stranger);
        policies.pauseBinding(type(uint40).max);
    }

    /// @notice From every state, time and anybody's call reach a terminal one, and all locked capital is free again.
    function testFuzz_EndsEveryPolicyInTime(uint256 seed) external {
        for (uint256 i = 0; i < 20; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            world.bind(uint8(seed), uint24(seed >> 8), uint16(seed >> 32), uint8(seed >> 48));
            world.payPremium(0, uint16(seed >> 56), seed % 3 > 0, seed % 2 == 0);
            if (seed % 5 == 0) world.cancel(uint8(seed >> 72));
            world.wait(uint32(seed >> 80));
            if (seed % 4 == 0) world.anchor();
            world.refundOutages();
            world.reserve(uint8(seed >> 112), uint256(seed >> 120));
            world.pay(uint8(seed >> 128), uint256(seed >> 136));
        }
        cheats.warp(block.timestamp + 100 days);
        world.payEverything();
        for (uint8 i = 0; i < 3; ++i) world.endAll(i);
        same(pool.unearned(), 0, "unearned");
        for (uint256 id = 1; id <= world.policies(); ++id) {
            isTrue(policies.policy(id).terminal, "terminal");
        }
        same(pool.locked(), 0, "locked");
        _require01TheTokensAreThere();
        _require07EveryUnitOfPremiumIsSomewhere();
    }

    function _stillToServe(uint256 id) private view returns (uint256) {
        return policies.premiumOf(id, someone("farmer")) + policies.premiumOf(id, someone("subsidy"));
    }
}
