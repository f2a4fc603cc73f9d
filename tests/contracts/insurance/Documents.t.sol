// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Documents} from "../../../contracts/insurance/Documents.sol";
import {IDocuments} from "../../../contracts/insurance/IDocuments.sol";
import {Spec} from "../Spec.sol";

contract DocumentsTest is Spec {
    Documents private documents = new Documents();

    event DocumentRecorded(
        IDocuments.Subject indexed subject,
        uint256 indexed number,
        address indexed by,
        bytes32 document
    );

    function test_AnybodyRecordsWhatHeHas() external {
        address insurer = someone("insurer");
        cheats.expectEmit(address(documents));
        emit DocumentRecorded(IDocuments.Subject.Claim, 7, insurer, "sha256");
        cheats.prank(insurer);
        documents.record(IDocuments.Subject.Claim, 7, "sha256");
    }

    function test_RevertWhen_ThereIsNoDocument() external {
        cheats.expectRevert(abi.encodeWithSelector(IDocuments.NoDocument.selector));
        documents.record(IDocuments.Subject.Quote, 1, bytes32(0));
    }
}
