// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The cheats that our tests use.
interface Cheats {
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function roll(uint256 blockNumber) external;
    function etch(address target, bytes calldata code) external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
    function expectRevert() external;
    function expectRevert(bytes calldata data) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit(address emitter) external;
    function assume(bool condition) external pure;
}

/// @notice Base of every Solidity test: runs under Hardhat and forge, and brings nothing along.
abstract contract Spec {
    error Differs(string what, bytes32 got, bytes32 wanted);
    error Exceeds(string what, uint256 got, uint256 most);

    /// @dev Where both runners answer: the low 20 bytes of keccak256("hevm cheat code").
    Cheats internal constant cheats = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev As runners of invariants know it.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targets;
    FuzzSelector[] private _acts;

    /// @dev Asked by the runner of invariants.
    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    /// @dev Asked by the runner of invariants: where there are none it takes every function of a target.
    function targetSelectors() public view returns (FuzzSelector[] memory) {
        return _acts;
    }

    function target(address handler) internal {
        _targets.push(handler);
    }

    /// @dev Of these acts alone; one that is named twice is tried twice as often.
    function target(address handler, bytes4[] memory acts) internal {
        target(handler);
        _acts.push(FuzzSelector(handler, acts));
    }

    function same(uint256 got, uint256 wanted, string memory what) internal pure {
        same(bytes32(got), bytes32(wanted), what);
    }

    function same(bytes32 got, bytes32 wanted, string memory what) internal pure {
        require(got == wanted, Differs(what, got, wanted));
    }

    function isTrue(bool got, string memory what) internal pure {
        same(got ? 1 : 0, 1, what);
    }

    function isFalse(bool got, string memory what) internal pure {
        same(got ? 1 : 0, 0, what);
    }

    function atMost(uint256 got, uint256 most, string memory what) internal pure {
        require(got <= most, Exceeds(what, got, most));
    }

    /// @dev Any number, folded into low … high.
    function fold(uint256 any, uint256 low, uint256 high) internal pure returns (uint256) {
        uint256 span = high - low;
        return span == type(uint256).max ? any : low + (any % (span + 1));
    }

    function someone(string memory name) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(name)))));
    }
}
