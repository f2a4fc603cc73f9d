// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";

/// @title Forwarder: a farmer signs, the provider sends and pays
/// @notice EIP-712 domain: name "Pondproof forwarder", version "1", this chain, this contract. A request names its signer,
///         the contract, the call, a number used once and the second until which it may be sent. The forwarder holds no
///         power of its own.
contract Forwarder is ERC2771Forwarder {
    constructor() ERC2771Forwarder("Pondproof forwarder") {}
}
