// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Test token
/// @notice A settlement token for trials: worth nothing, minted by its owner.
contract TestToken is ERC20, Ownable {
    constructor(address initialOwner) ERC20("Pondproof test yuan", "tCNY") Ownable(initialOwner) {}

    /// @notice Mints `amount` (in 1/100) to `to`. Owner only.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    /// @notice Two: the smallest unit is a fen.
    function decimals() public pure override returns (uint8) {
        return 2;
    }
}
