// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDocuments} from "./IDocuments.sol";

/// @title Documents
/// @notice Events and nothing else.
contract Documents is IDocuments {
    /// @inheritdoc IDocuments
    function record(Subject subject, uint256 number, bytes32 document) external {
        require(document != bytes32(0), NoDocument());
        emit DocumentRecorded(subject, number, msg.sender, document);
    }
}
