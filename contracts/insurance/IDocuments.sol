// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Documents: which assessment was there when
/// @notice Hashes only: nothing of what a document says is written here.
interface IDocuments {
    enum Subject {
        Quote,
        Claim
    }

    /// @notice Somebody says that this is his assessment of a quote or a claim.
    /// @param number of the claim, or the quote's number of whoever records
    /// @param document sha256 of the document's bytes
    event DocumentRecorded(Subject indexed subject, uint256 indexed number, address indexed by, bytes32 document);

    error NoDocument();

    /// @notice Records a document's hash. Anybody: it says no more than that the sender had it by this block.
    function record(Subject subject, uint256 number, bytes32 document) external;
}
