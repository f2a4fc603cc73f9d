// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRawWindows} from "../../../../contracts/evidence/IRawWindows.sol";
import {IWindowVerifier} from "../../../../contracts/evidence/IWindowVerifier.sol";
import {Lie, Story} from "./Story.sol";

/// @notice Double of the raw windows: whoever opens one has shown every frame of it, and frames are true.
contract StoryRawWindows is IRawWindows {
    Story private immutable STORY;

    mapping(uint256 id => RawWindow) private _windows;
    uint256 private _last;

    constructor(Story story) {
        STORY = story;
    }

    /// @inheritdoc IRawWindows
    function open(bytes32 streamId, uint48 fromMs, uint48 toMs) external returns (uint256 id) {
        // A frame of the future is signed by nobody.
        uint256 nextMs = (toMs / STORY.STEP_MS() + 1) * STORY.STEP_MS();
        require(nextMs <= block.timestamp * 1000, FromTheFuture(0, nextMs, block.timestamp * 1000));
        id = ++_last;
        _windows[id] = RawWindow(streamId, fromMs, toMs, true);
    }

    /// @inheritdoc IRawWindows
    function commit(bytes32 segment) external {}

    /// @inheritdoc IRawWindows
    function extend(uint256 id, bytes calldata) external view {
        require(!_windows[id].complete, AlreadyComplete(id));
    }

    /// @inheritdoc IRawWindows
    function committedAt(bytes32) external pure returns (uint40) {
        return 0;
    }

    /// @inheritdoc IRawWindows
    function cursor(uint256) external pure returns (Cursor memory) {
        return Cursor(address(0), 0, 0);
    }

    /// @inheritdoc IRawWindows
    function rawWindow(uint256 id) external view returns (RawWindow memory) {
        return _windows[id];
    }

    /// @inheritdoc IRawWindows
    function window(uint256 id) external view returns (IWindowVerifier.Window memory shown) {
        RawWindow memory raw = _windows[id];
        require(raw.complete, NotComplete(id));
        shown = STORY.window(raw.streamId, raw.fromMs, raw.toMs, Lie.None);
        bool inTime = STORY.isCommitted(raw.streamId, raw.fromMs, raw.toMs);
        shown.anchoredAt = inTime ? uint40(shown.lastMs / 1000 + 1) : type(uint40).max;
    }
}
