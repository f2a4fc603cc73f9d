// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Assembly here: copies words of calldata that Solidity would decode and encode one by one.
// solhint-disable no-inline-assembly

import {Peril, Terms} from "./Terms.sol";

/// @title Terms in bytes
/// @notice `abi.encode(terms)` for a tenth of its gas: for the event that publishes terms, and to hand them on.
/// @dev Words are copied as they come: whoever reads a field checks it.
library TermsBytes {
    uint256 private constant WORD = 0x20;
    uint256 private constant TERMS_HEAD = 0x320; // 25 words, of which number 6 and 24 say where the lists are
    uint256 private constant PERIL_HEAD = 0x1e0; // 15 words, of which number 3 says where the tiers are
    uint256 private constant TIER = 0x60;

    /// @notice The ABI encoding of the terms as a function's or event's only argument.
    function encode(Terms calldata terms) internal pure returns (bytes memory) {
        return encode(terms, terms.probes);
    }

    /// @notice The same of the terms with other probes.
    function encode(Terms calldata terms, bytes32[] calldata probes) internal pure returns (bytes memory encoded) {
        Peril[] calldata perils = terms.perils;
        uint256 probesAt = TERMS_HEAD;
        uint256 perilsAt = probesAt + WORD + probes.length * WORD;
        encoded = new bytes(_size(perils, perilsAt));
        uint256 to;
        assembly ("memory-safe") {
            mstore(add(encoded, WORD), WORD)
            to := add(encoded, 0x40)
            calldatacopy(to, terms, TERMS_HEAD)
            mstore(add(to, 0xc0), probesAt)
            mstore(add(to, 0x300), perilsAt)
            mstore(add(to, probesAt), probes.length)
            calldatacopy(add(add(to, probesAt), WORD), probes.offset, mul(probes.length, WORD))
            mstore(add(to, perilsAt), perils.length)
            to := add(add(to, perilsAt), WORD)
        }
        uint256 offset = perils.length * WORD;
        for (uint256 i = 0; i < perils.length; ++i) offset = _copyPeril(perils[i], to, i, offset);
    }

    /// @dev Writes a peril `offset` bytes after the list's first word, and its offset there; returns where the next belongs.
    function _copyPeril(
        Peril calldata peril,
        uint256 list,
        uint256 i,
        uint256 offset
    ) private pure returns (uint256 next) {
        uint256 count = peril.tiers.length;
        uint256 tiers;
        assembly ("memory-safe") {
            // Where the tiers' items are in calldata: behind their number.
            tiers := add(add(peril, calldataload(add(peril, 0x60))), WORD)
            mstore(add(list, mul(i, WORD)), offset)
            let to := add(list, offset)
            calldatacopy(to, peril, PERIL_HEAD)
            mstore(add(to, 0x60), PERIL_HEAD)
            mstore(add(to, PERIL_HEAD), count)
            calldatacopy(add(add(to, PERIL_HEAD), WORD), tiers, mul(count, TIER))
        }
        return offset + PERIL_HEAD + WORD + count * TIER;
    }

    function _size(Peril[] calldata perils, uint256 perilsAt) private pure returns (uint256 size) {
        size = WORD + perilsAt + WORD;
        for (uint256 i = 0; i < perils.length; ++i) {
            size += WORD + PERIL_HEAD + WORD + perils[i].tiers.length * TIER;
        }
    }
}
