// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "../../../../contracts/evidence/IBatchLedger.sol";
import {IOperatorBond} from "../../../../contracts/evidence/IOperatorBond.sol";
import {StreamStanding} from "../../../../contracts/evidence/StreamStanding.sol";

/// @notice Double of the challenges: convicts whom the test says, over the real standing of streams, ledger and bond.
contract StoryChallenges is StreamStanding {
    IBatchLedger private immutable LEDGER;
    IOperatorBond private immutable BOND;

    constructor(IBatchLedger ledger, IOperatorBond bond) {
        (LEDGER, BOND) = (ledger, bond);
    }

    /// @notice A node, leaf or frame was false: everything anchored of the stream so far is void.
    function convict(bytes32 streamId, uint256 batch) external {
        _voidThrough(streamId, LEDGER.lastBatch());
        BOND.slash(LEDGER.operatorOf(batch), streamId, msg.sender);
    }

    /// @notice Two batches differ: what was anchored before the later one stands.
    function convictFromHere(bytes32 streamId, uint256 batch) external {
        _voidRange(streamId, batch, LEDGER.lastBatch());
        BOND.slash(LEDGER.operatorOf(batch), streamId, msg.sender);
    }

    /// @notice A directory out of order: the batch is void for all.
    function convictDirectory(uint256 batch) external {
        _voidBatch(batch);
        BOND.slash(LEDGER.operatorOf(batch), bytes32(0), msg.sender);
    }

    /// @notice The probe signed two records of one number.
    function suspect(bytes32 streamId, uint48 fromMs) external {
        _suspect(streamId, fromMs);
    }
}
