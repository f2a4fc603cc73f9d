// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Keeps a hundredth of whatever moves.
contract FeeToken is ERC20("Fee", "FEE") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(0xfee), amount / 100);
    }
}

/// @notice Calls back whoever asked for it in the middle of every transfer.
contract ReentrantToken is ERC20("Reentrant", "RE") {
    address public callee;
    bytes public callData;
    bool public succeeded;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function callBack(address to, bytes calldata data) external {
        (callee, callData) = (to, data);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (callee == address(0) || from == address(0)) return;
        (succeeded, ) = callee.call(callData);
    }
}

/// @notice Keeps shares of a sum that grows, so that what arrives is rounded.
contract RebasingToken is ERC20("Rebasing", "RB") {
    uint256 private constant NUMERATOR = 11;
    uint256 private constant DENOMINATOR = 10;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function balanceOf(address account) public view override returns (uint256) {
        return (super.balanceOf(account) * NUMERATOR) / DENOMINATOR;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, from == address(0) ? amount : (amount * DENOMINATOR) / NUMERATOR);
    }
}
