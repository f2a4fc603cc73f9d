// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "../../../contracts/evidence/IBatchLedger.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {ShownHoles} from "../../../contracts/evidence/ShownHoles.sol";
import {IDeviceRegistry} from "../../../contracts/identity/IDeviceRegistry.sol";

/// @notice Proves a window and counts the holes that are shown in it.
contract ShownHolesHarness {
    IWindowVerifier private immutable VERIFIER;
    IBatchLedger private immutable LEDGER;
    IDeviceRegistry private immutable REGISTRY;

    constructor(IWindowVerifier verifier, IBatchLedger ledger, IDeviceRegistry registry) {
        (VERIFIER, LEDGER, REGISTRY) = (verifier, ledger, registry);
    }

    function verify(
        bytes32 streamId,
        uint48 fromMs,
        uint48 toMs,
        IWindowVerifier.WindowProof calldata proof,
        ShownHoles.Shown[] calldata shown
    ) external view returns (IWindowVerifier.Window memory window) {
        window = VERIFIER.verify(streamId, fromMs, toMs, proof);
        ShownHoles.Subject memory subject = ShownHoles.Subject({
            streamId: streamId,
            batchNumber: proof.batch,
            batch: LEDGER.batch(proof.batch),
            probe: REGISTRY.device(streamId),
            fromMs: fromMs,
            toMs: toMs
        });
        ShownHoles.count(window, subject, shown);
    }
}
