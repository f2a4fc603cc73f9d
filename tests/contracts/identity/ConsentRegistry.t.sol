// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {ConsentRegistry} from "../../../contracts/identity/ConsentRegistry.sol";
import {Forwarder} from "../../../contracts/identity/Forwarder.sol";
import {IConsentRegistry} from "../../../contracts/identity/IConsentRegistry.sol";
import {Spec} from "../Spec.sol";

contract ConsentRegistryTest is Spec {
    bytes32 private constant POND = "pond";
    uint256 private constant FARMER_KEY = 4711;
    uint256 private constant START = 1_800_000_000;
    IConsentRegistry.Purpose private constant CLAIMS = IConsentRegistry.Purpose.Claims;
    IConsentRegistry.Purpose private constant LENDING = IConsentRegistry.Purpose.Lending;

    Authority private authority = new Authority(address(this));
    Forwarder private forwarder = new Forwarder();
    ConsentRegistry private registry = new ConsentRegistry(address(authority), address(forwarder));
    address private registrar = someone("registrar");
    address private insurer = someone("insurer");
    address private officer = someone("officer");
    address private bank = someone("bank");
    address private heir = someone("the farmer's new account");
    address private stranger = someone("stranger");
    address private farmer = cheats.addr(FARMER_KEY);

    function setUp() external {
        cheats.warp(START);
        _allow(Roles.REGISTRAR, ConsentRegistry.enroll.selector);
        _allow(Roles.REGISTRAR, ConsentRegistry.endorseByProvider.selector);
        _allow(Roles.UNDERWRITER, ConsentRegistry.endorseByInsurer.selector);
        authority.grantRole(Roles.REGISTRAR, registrar, 0);
        authority.grantRole(Roles.UNDERWRITER, insurer, 0);
        cheats.prank(registrar);
        registry.enroll(POND, farmer);
    }

    function test_GrantsForOnePurposeUntilASecond() external {
        _grant(bank, LENDING, START + 100);
        isTrue(registry.allows(POND, bank, LENDING, bank), "the bank reads");
        isFalse(registry.allows(POND, bank, CLAIMS, bank), "for nothing else");
        isFalse(registry.allows("other pond", bank, LENDING, bank), "no other pond");
        isFalse(registry.allows(POND, stranger, LENDING, stranger), "nobody else");
        cheats.warp(START + 100);
        isFalse(registry.allows(POND, bank, LENDING, bank), "and then no longer");
    }

    function test_RevertWhen_SomebodyIsNobody() external {
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NoFarmer.selector, bytes32("other pond")));
        cheats.prank(registrar);
        registry.enroll("other pond", address(0));
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NoInstitution.selector));
        cheats.prank(farmer);
        registry.grant(POND, address(0), LENDING, uint40(START + 100));
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NoFarmer.selector, POND));
        cheats.prank(insurer);
        registry.endorseByInsurer(POND, address(0));
    }

    function test_WithdrawsAtWill() external {
        _grant(bank, LENDING, START + 100);
        cheats.prank(farmer);
        registry.withdraw(POND, bank, LENDING);
        isFalse(registry.allows(POND, bank, LENDING, bank), "withdrawn");
        same(registry.grantedUntil(POND, bank, LENDING), 0, "until");
    }

    function test_LetsTheInstitutionsPeopleRead() external {
        _grant(insurer, CLAIMS, START + 100);
        isFalse(registry.allows(POND, insurer, CLAIMS, officer), "not appointed");
        isFalse(registry.isMember(insurer, officer), "no member yet");
        cheats.prank(insurer);
        registry.appoint(officer);
        isTrue(registry.allows(POND, insurer, CLAIMS, officer), "appointed");
        isTrue(registry.isMember(insurer, officer), "a member");
        isFalse(registry.allows(POND, bank, CLAIMS, officer), "for his own institution only");
        cheats.prank(insurer);
        registry.dismiss(officer);
        isFalse(registry.allows(POND, insurer, CLAIMS, officer), "dismissed");
    }

    function test_RevertWhen_AnybodyButTheFarmerGrantsOrWithdraws() external {
        _grant(bank, LENDING, START + 100);
        bytes memory refusal = abi.encodeWithSelector(
            IConsentRegistry.NotThePondsFarmer.selector, stranger, farmer
        );
        cheats.prank(stranger);
        cheats.expectRevert(refusal);
        registry.grant(POND, stranger, LENDING, uint40(START + 100));
        cheats.prank(stranger);
        cheats.expectRevert(refusal);
        registry.withdraw(POND, bank, LENDING);
    }

    function testFuzz_RevertWhen_TheEndIsNotAhead(uint40 until) external {
        uint256 latest = START + 2 * 365 days;
        if (until > START && until <= latest) until = uint40(latest + 1);
        cheats.prank(farmer);
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NotInTime.selector, until, START, latest));
        registry.grant(POND, bank, LENDING, until);
    }

    function test_RevertWhen_NothingWasGranted() external {
        cheats.prank(farmer);
        cheats.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.NothingGranted.selector, POND, bank, LENDING)
        );
        registry.withdraw(POND, bank, LENDING);
    }

    function test_RevertWhen_APondIsEnrolledTwiceOrByAStranger() external {
        cheats.prank(registrar);
        cheats.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.AlreadyEnrolled.selector, POND, farmer)
        );
        registry.enroll(POND, stranger);
        cheats.prank(stranger);
        cheats.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger)
        );
        registry.enroll("other pond", stranger);
    }

    function test_RevertWhen_NobodyIsNamed() external {
        cheats.prank(farmer);
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NoInstitution.selector));
        registry.grant(POND, address(0), LENDING, uint40(START + 100));
        bytes memory refusal = abi.encodeWithSelector(IConsentRegistry.NoFarmer.selector, bytes32("other pond"));
        cheats.prank(registrar);
        cheats.expectRevert(refusal);
        registry.enroll("other pond", address(0));
        cheats.prank(insurer);
        cheats.expectRevert(refusal);
        registry.endorseByInsurer("other pond", heir);
    }

    function test_TakesWhatTheFarmerSignedFromWhoeverSendsIt() external {
        bytes memory call =
            abi.encodeCall(IConsentRegistry.grant, (POND, bank, LENDING, uint40(START + 100)));
        ERC2771Forwarder.ForwardRequestData memory request = _signed(FARMER_KEY, farmer, call);
        cheats.prank(stranger);
        forwarder.execute(request);
        isTrue(registry.allows(POND, bank, LENDING, bank), "granted");
        cheats.expectRevert();
        forwarder.execute(request);
    }

    function test_RevertWhen_SomebodyElseSignedForTheFarmer() external {
        bytes memory call =
            abi.encodeCall(IConsentRegistry.grant, (POND, bank, LENDING, uint40(START + 100)));
        ERC2771Forwarder.ForwardRequestData memory request = _signed(FARMER_KEY + 1, farmer, call);
        cheats.expectRevert();
        forwarder.execute(request);
    }

    function test_MovesAPondThatProviderAndInsurerEndorsedTogether() external {
        _grant(bank, LENDING, START + 30 days);
        _endorse(heir);
        cheats.warp(START + 3 days);
        registry.recover(POND);
        same(uint160(registry.farmerOf(POND)), uint160(heir), "the new account");
        same(uint160(registry.lostAccountOf(POND)), uint160(farmer), "the lost one");
        cheats.prank(heir);
        registry.withdraw(POND, bank, LENDING);
        cheats.prank(farmer);
        cheats.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.NotThePondsFarmer.selector, farmer, heir)
        );
        registry.grant(POND, bank, LENDING, uint40(START + 30 days));
    }

    function test_RevertWhen_OnlyOneEndorsed() external {
        cheats.prank(registrar);
        registry.endorseByProvider(POND, heir);
        cheats.warp(START + 30 days);
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NotRecovering.selector, POND));
        registry.recover(POND);
    }

    function test_RevertWhen_TheTwoDoNotMeanTheSameAccount() external {
        cheats.prank(registrar);
        registry.endorseByProvider(POND, heir);
        cheats.prank(insurer);
        registry.endorseByInsurer(POND, stranger);
        cheats.warp(START + 30 days);
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NotRecovering.selector, POND));
        registry.recover(POND);
    }

    function test_RevertWhen_TheFarmersThreeDaysAreNotOver() external {
        _endorse(heir);
        cheats.warp(START + 3 days - 1);
        cheats.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.RecoverableFrom.selector, POND, START + 3 days)
        );
        registry.recover(POND);
    }

    function test_StopsARecoveryOfAnAccountThatIsNotLost() external {
        _endorse(heir);
        cheats.prank(farmer);
        registry.stopRecovery(POND);
        same(uint160(registry.recoveryOf(POND).to), 0, "stopped");
        cheats.warp(START + 3 days);
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NotRecovering.selector, POND));
        registry.recover(POND);
    }

    function test_RevertWhen_SomebodyElseStopsARecoveryOrNoneRuns() external {
        cheats.expectRevert(abi.encodeWithSelector(IConsentRegistry.NotRecovering.selector, POND));
        cheats.prank(farmer);
        registry.stopRecovery(POND);
        _endorse(heir);
        cheats.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.NotThePondsFarmer.selector, stranger, farmer)
        );
        cheats.prank(stranger);
        registry.stopRecovery(POND);
    }

    function _endorse(address to) private {
        cheats.prank(registrar);
        registry.endorseByProvider(POND, to);
        cheats.prank(insurer);
        registry.endorseByInsurer(POND, to);
    }

    function _grant(address institution, IConsentRegistry.Purpose purpose, uint256 until) private {
        cheats.prank(farmer);
        registry.grant(POND, institution, purpose, uint40(until));
    }

    function _allow(uint64 role, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(address(registry), selectors, role);
    }

    function _signed(
        uint256 key,
        address from,
        bytes memory call
    ) private returns (ERC2771Forwarder.ForwardRequestData memory request) {
        uint48 deadline = uint48(START + 60);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Pondproof forwarder"),
                keccak256("1"),
                block.chainid,
                address(forwarder)
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)"
                ),
                from,
                address(registry),
                0,
                200_000,
                forwarder.nonces(from),
                deadline,
                keccak256(call)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            cheats.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
        request = ERC2771Forwarder.ForwardRequestData(
            from, address(registry), 0, 200_000, deadline, call, abi.encodePacked(r, s, v)
        );
    }
}
