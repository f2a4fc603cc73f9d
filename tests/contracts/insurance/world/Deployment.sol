// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../../../contracts/access/Authority.sol";
import {Charter} from "../../../../contracts/access/Charter.sol";
import {Pauses} from "../../../../contracts/access/Pauses.sol";
import {BatchLedger} from "../../../../contracts/evidence/BatchLedger.sol";
import {Challenges} from "../../../../contracts/evidence/Challenges.sol";
import {IOperatorBond} from "../../../../contracts/evidence/IOperatorBond.sol";
import {OperatorBond} from "../../../../contracts/evidence/OperatorBond.sol";
import {FeedRegistry} from "../../../../contracts/feeds/FeedRegistry.sol";
import {ConsentRegistry} from "../../../../contracts/identity/ConsentRegistry.sol";
import {DeviceRegistry} from "../../../../contracts/identity/DeviceRegistry.sol";
import {Forwarder} from "../../../../contracts/identity/Forwarder.sol";
import {ReadingSignature} from "../../../../contracts/identity/ReadingSignature.sol";
import {Claims} from "../../../../contracts/insurance/Claims.sol";
import {Disputes} from "../../../../contracts/insurance/Disputes.sol";
import {Evaluation} from "../../../../contracts/insurance/Evaluation.sol";
import {Policies} from "../../../../contracts/insurance/Policies.sol";
import {PolicyholdersFund} from "../../../../contracts/insurance/PolicyholdersFund.sol";
import {Pool} from "../../../../contracts/insurance/Pool.sol";
import {Products} from "../../../../contracts/insurance/Products.sol";
import {TestToken} from "../../../../contracts/settlement/TestToken.sol";
import {Spec} from "../../Spec.sol";
import {Story} from "./Story.sol";
import {StoryChallenges} from "./StoryChallenges.sol";
import {StoryRawWindows} from "./StoryRawWindows.sol";
import {StoryVerifier} from "./StoryVerifier.sol";

/// @notice The whole system, put into force by the charter, its powers in as many hands as there are. Only who checks
///         proofs and convictions is a double: see `StoryVerifier`, `StoryRawWindows` and `StoryChallenges`.
abstract contract Deployment is Spec {
    uint256 internal constant INSURER_KEY = 77;
    uint256 internal constant REPORTER_KEY = 78;
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant COOLDOWN = 25 days;
    uint256 internal constant DISPUTE_BOND = 1001;
    uint256 internal constant DEMAND_BOND = 201;
    uint256 internal constant WEALTH = 1e15;
    uint256 internal constant PROBES = 5;

    address public immutable INSURER = cheats.addr(INSURER_KEY);
    address public immutable FARMER = someone("farmer");
    address public immutable NEIGHBOUR = someone("second farmer");
    address public immutable HEIR = someone("heir");
    address public immutable SUBSIDY = someone("subsidy payer");
    address public immutable AGENT = someone("claims agent");
    address public immutable OFFICER = someone("officer");
    address public immutable SECOND_OFFICER = someone("second officer");
    address public immutable ARBITER = someone("arbiter");
    address public immutable GUARDIAN = someone("guardian");
    address public immutable SECOND_GUARDIAN = someone("second guardian");
    address public immutable OPERATOR = someone("operator");
    address public immutable REGISTRAR = someone("registrar");
    address public immutable GOVERNOR = someone("governor");
    address public immutable CHALLENGER = someone("challenger");
    address public immutable ANN = someone("shareholder ann");
    address public immutable BOB = someone("shareholder bob");
    address public immutable REPORTER = cheats.addr(REPORTER_KEY);
    address public immutable STRANGER = someone("stranger");
    address public immutable PROVIDER = someone("provider");

    Charter public immutable CHARTER = new Charter();
    Authority public immutable AUTHORITY = new Authority(address(CHARTER));
    Pauses public immutable PAUSES = new Pauses(address(AUTHORITY));
    DeviceRegistry public immutable REGISTRY = new DeviceRegistry(address(AUTHORITY));
    Forwarder public immutable FORWARDER = new Forwarder();
    ConsentRegistry public immutable CONSENTS = new ConsentRegistry(address(AUTHORITY), address(FORWARDER));
    TestToken public immutable TOKEN = new TestToken(address(this));
    OperatorBond public immutable BOND =
        new OperatorBond(address(AUTHORITY), TOKEN, IOperatorBond.Rules(10_000, 1013, 5 days));
    BatchLedger public immutable LEDGER = new BatchLedger(address(AUTHORITY), BOND);
    Story public immutable STORY = new Story();
    StoryChallenges public immutable CHALLENGES = new StoryChallenges(LEDGER, BOND);
    StoryVerifier public immutable VERIFIER = new StoryVerifier(STORY, LEDGER);
    StoryRawWindows public immutable RAW = new StoryRawWindows(STORY);
    FeedRegistry public immutable FEEDS = new FeedRegistry(address(AUTHORITY));
    Products public immutable PRODUCTS = new Products(address(AUTHORITY));
    Pool public immutable POOL = new Pool(address(AUTHORITY), TOKEN, COOLDOWN);
    Policies public immutable POLICIES = new Policies(address(AUTHORITY), PRODUCTS, POOL, PAUSES, LEDGER, CONSENTS);
    Evaluation public immutable EVALUATION =
        new Evaluation(POLICIES, REGISTRY, LEDGER, VERIFIER, CHALLENGES, RAW, FEEDS);
    Claims public immutable CLAIMS = new Claims(address(AUTHORITY), POLICIES, PRODUCTS, EVALUATION, PAUSES);
    PolicyholdersFund public immutable FUND = new PolicyholdersFund(address(AUTHORITY), POLICIES, REGISTRY, POOL);
    Disputes public immutable DISPUTES =
        new Disputes(address(AUTHORITY), CLAIMS, POLICIES, FUND, TOKEN, DISPUTE_BOND, DEMAND_BOND);

    bytes32[PROBES] public streams;
    bytes32[2] public ponds = [bytes32("one pond"), bytes32("other pond")];
    address[10] internal _rich;

    constructor() {
        cheats.warp(START);
        _rich = [FARMER, NEIGHBOUR, HEIR, SUBSIDY, INSURER, OFFICER, SECOND_OFFICER, OPERATOR, ANN, BOB];
        _establish();
        for (uint256 i = 0; i < _rich.length; ++i) _enrich(_rich[i]);
        // Probes 0, 1 and the spare one 4 hang in one pond, 2 and 3 in the other.
        for (uint256 i = 0; i < PROBES; ++i) _hang(i, ponds[i == 2 || i == 3 ? 1 : 0]);
        cheats.prank(OPERATOR);
        BOND.post(OPERATOR, 50_000);
    }

    function _establish() private {
        Charter.Parts memory parts = Charter.Parts({
            authority: AUTHORITY,
            pauses: PAUSES,
            deviceRegistry: REGISTRY,
            consentRegistry: CONSENTS,
            batchLedger: LEDGER,
            operatorBond: BOND,
            challenges: Challenges(address(CHALLENGES)),
            policyholdersFund: FUND,
            products: PRODUCTS,
            policies: POLICIES,
            claims: CLAIMS,
            disputes: DISPUTES,
            pool: POOL,
            feedRegistry: FEEDS
        });
        address[] memory reporters = new address[](1);
        reporters[0] = REPORTER;
        Charter.Holders memory holders = Charter.Holders({
            registrar: REGISTRAR,
            operator: OPERATOR,
            insurer: INSURER,
            claimsOfficer: OFFICER,
            secondClaimsOfficer: SECOND_OFFICER,
            arbiter: ARBITER,
            guardian: GUARDIAN,
            secondGuardian: SECOND_GUARDIAN,
            governor: GOVERNOR,
            reporters: reporters,
            governorDelaySeconds: 0
        });
        CHARTER.establish(parts, holders);
    }

    function _enrich(address who) private {
        TOKEN.mint(who, WEALTH);
        address[3] memory spenders = [address(POOL), address(DISPUTES), address(BOND)];
        for (uint256 i = 0; i < spenders.length; ++i) {
            cheats.prank(who);
            TOKEN.approve(spenders[i], type(uint256).max);
        }
    }

    /// @dev Streams ascend, as terms want probes to.
    function _hang(uint256 i, bytes32 pond) private {
        uint256 key = 1 + i;
        (uint256 x, uint256 y) = cheats.publicKeyP256(key);
        (bytes32 r, bytes32 s) = cheats.signP256(key, ReadingSignature.possessionHash(address(REGISTRY), FARMER));
        cheats.prank(REGISTRAR);
        streams[i] = REGISTRY.register(x, y, FARMER, r, s);
        cheats.prank(REGISTRAR);
        REGISTRY.bind(streams[i], pond, 0);
        STORY.hang(streams[i], key, pond);
    }
}
