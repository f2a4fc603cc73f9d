// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Roles} from "../access/Roles.sol";
import {IPolicies} from "./IPolicies.sol";

/// @title What insurers signed
/// @notice A signature of an insurer counts on this chain, for this contract, while he may underwrite, and each of his
///         numbers once.
abstract contract QuoteBook is EIP712, AccessManaged, IPolicies {
    using BitMaps for BitMaps.BitMap;

    mapping(address insurer => BitMaps.BitMap) private _usedQuotes;

    /// @inheritdoc IPolicies
    function withdrawQuote(uint256 quoteNumber) external {
        _useQuote(msg.sender, quoteNumber);
        emit QuoteWithdrawn(msg.sender, quoteNumber);
    }

    /// @inheritdoc IPolicies
    function isQuoteUsed(address insurer, uint256 quoteNumber) external view returns (bool) {
        return _usedQuotes[insurer].get(quoteNumber);
    }

    function _useQuote(address insurer, uint256 quoteNumber) internal {
        BitMaps.BitMap storage used = _usedQuotes[insurer];
        require(!used.get(quoteNumber), QuoteUsed(insurer, quoteNumber));
        used.set(quoteNumber);
    }

    function _requireSigned(
        address insurer,
        bytes32 structHash,
        uint40 expiresAt,
        bytes calldata signature
    ) internal view {
        require(block.timestamp <= expiresAt, QuoteExpired(expiresAt));
        (address signer, , ) = ECDSA.tryRecoverCalldata(_hashTypedDataV4(structHash), signature);
        require(signer == insurer && signer != address(0), NotSignedByTheInsurer(signer, insurer));
        (bool underwrites, ) = IAccessManager(authority()).hasRole(Roles.UNDERWRITER, insurer);
        require(underwrites, NotAnUnderwriter(insurer));
    }
}
