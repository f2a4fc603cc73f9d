// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Assembly here: some eighty nodes a proof: hashed in place, nothing allocated for them.
// solhint-disable no-inline-assembly

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IWindowVerifier} from "./IWindowVerifier.sol";
import {gapMs, Meta} from "./Meta.sol";
import {Metrics} from "./Metrics.sol";
import {Place, placeAt} from "./Place.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Window walk
/// @notice The walk that proves a window: from the root, left before right, strict (protocol §5).
library WindowWalk {
    using StreamTree for StreamTree.Node;

    enum Phase {
        Before,
        Inside,
        After
    }

    /// @param start, cursor, end places of the walk in calldata
    /// @param before the node before the window; without readings until one was seen
    /// @param holesBefore holes since `before`
    /// @param inside, mins, maxs aggregate of the nodes inside the window
    /// @param afterMs time of the first reading after the window
    /// @param spare a node for every level, where the right child of an opened node is put: the walk allocates nothing
    struct Walk {
        uint256 fromMs;
        uint256 toMs;
        uint256 start;
        uint256 cursor;
        uint256 end;
        Phase phase;
        Meta before;
        Place beforePlace;
        bytes32 beforeInside;
        uint256 holesBefore;
        Meta inside;
        Metrics mins;
        Metrics maxs;
        uint256 afterMs;
        StreamTree.Node[] spare;
    }

    uint256 private constant EMPTY = 0;
    uint256 private constant OPENED = 1;
    uint256 private constant FRONTIER = 2;

    /// @dev meta, mins, maxs, inside.
    uint256 private constant FRONTIER_BYTES = 128;

    /// @notice Follows a walk to the stream's root and collects what lies in [fromMs, toMs].
    /// @param window fresh; everything but `anchoredAt` is set
    /// @return root digest that the walk leads to: nothing is proven before it was found in a directory
    function follow(
        bytes32 streamId,
        uint256 size,
        uint48 fromMs,
        uint48 toMs,
        bytes calldata walk,
        IWindowVerifier.Window memory window
    ) internal pure returns (bytes32 root) {
        uint256 start;
        assembly ("memory-safe") {
            start := walk.offset
        }
        uint256 height = StreamTree.heightOf(size);
        Walk memory w;
        (w.fromMs, w.toMs) = (fromMs, toMs);
        (w.start, w.cursor, w.end) = (start, start, start + walk.length);
        w.spare = StreamTree.blanks(height + 1, streamId);

        StreamTree.Node memory top = w.spare[height];
        _node(w, top, placeAt(height, 0), size);
        root = top.digest;

        require(w.cursor == w.end, IWindowVerifier.MalformedProof(w.cursor - start));
        require(w.before.count() > 0, IWindowVerifier.NoReadingBefore());
        require(w.phase != Phase.Before, IWindowVerifier.NoReadingInside());
        require(w.phase == Phase.After, IWindowVerifier.NoReadingAfter());
        _report(w, window);
    }

    /// @dev Reads the node at `place` into `node`. `taken` is how many positions below it the stream has: what is left of
    ///      its size there, clamp(size − index·2^level, 0, 2^level). Recursion is bounded: only a taken place above level
    ///      0 may be opened, and height is at most 32.
    function _node(Walk memory w, StreamTree.Node memory node, Place place, uint256 taken) private pure {
        uint256 cursor = w.cursor;
        if (cursor >= w.end) revert IWindowVerifier.MalformedProof(cursor - w.start);
        uint256 opcode;
        assembly ("memory-safe") {
            opcode := byte(0, calldataload(cursor))
        }
        unchecked {
            w.cursor = cursor + 1;
        }
        if (opcode == FRONTIER) return _frontier(w, node, place, taken);
        if (opcode == EMPTY) {
            require(taken == 0, IWindowVerifier.WrongOccupancy(place.level(), place.index()));
            return node.setEmpty();
        }
        uint256 below = place.level();
        if (opcode != OPENED || below == 0) revert IWindowVerifier.MalformedProof(cursor - w.start);
        if (taken == 0) revert IWindowVerifier.WrongOccupancy(place.level(), place.index());
        unchecked {
            --below;
            StreamTree.Node memory right = w.spare[below];
            uint256 most = 1 << below;
            if (taken < most) most = taken;
            _node(w, node, place.left(), most);
            _node(w, right, place.right(), taken - most);
            node.join(right, place);
        }
    }

    function _frontier(Walk memory w, StreamTree.Node memory node, Place place, uint256 taken) private pure {
        uint256 cursor = w.cursor;
        unchecked {
            if (cursor + FRONTIER_BYTES > w.end) revert IWindowVerifier.MalformedProof(cursor - w.start);
            w.cursor = cursor + FRONTIER_BYTES;
        }
        assembly ("memory-safe") {
            // meta, mins, maxs and inside lie in the node as they lie in the walk.
            calldatacopy(add(node, 0x40), cursor, 0x80)
        }
        node.place = place;
        Meta meta = node.meta;
        if (!meta.isCanonical()) revert IWindowVerifier.MalformedProof(cursor - w.start);
        uint256 count = meta.count();
        unchecked {
            if (taken == 0 || count + meta.missing() != taken) {
                revert IWindowVerifier.WrongOccupancy(place.level(), place.index());
            }
        }
        node.seal();

        if (count == 0) _passHoles(w, meta);
        else if (meta.lastMs() < w.fromMs) _passBefore(w, node);
        else if (meta.firstMs() > w.toMs) _passAfter(w, node);
        else _passInside(w, node);
    }

    function _passHoles(Walk memory w, Meta meta) private pure {
        if (w.phase == Phase.Before) w.holesBefore += meta.missing();
        else if (w.phase == Phase.Inside) w.inside = w.inside.join(meta);
    }

    function _passBefore(Walk memory w, StreamTree.Node memory node) private pure {
        if (w.phase != Phase.Before) revert IWindowVerifier.OutOfOrder(node.place.level(), node.place.index());
        (w.before, w.beforePlace, w.beforeInside) = (node.meta, node.place, node.inside);
        w.holesBefore = 0;
    }

    function _passInside(Walk memory w, StreamTree.Node memory node) private pure {
        Meta meta = node.meta;
        if (meta.firstMs() < w.fromMs || meta.lastMs() > w.toMs) {
            revert IWindowVerifier.Straddles(node.place.level(), node.place.index());
        }
        if (w.phase != Phase.Inside) return _enter(w, node);
        if (meta.firstMs() <= w.inside.lastMs()) {
            revert IWindowVerifier.OutOfOrder(node.place.level(), node.place.index());
        }
        w.inside = w.inside.join(meta);
        w.mins = w.mins.lowest(node.mins);
        w.maxs = w.maxs.highest(node.maxs);
    }

    function _enter(Walk memory w, StreamTree.Node memory node) private pure {
        require(w.phase == Phase.Before, IWindowVerifier.OutOfOrder(node.place.level(), node.place.index()));
        require(w.before.count() > 0, IWindowVerifier.NoReadingBefore());
        _requireNoHoles(w.before, w.beforePlace);
        (w.inside, w.mins, w.maxs) = (node.meta, node.mins, node.maxs);
        w.phase = Phase.Inside;
    }

    function _passAfter(Walk memory w, StreamTree.Node memory node) private pure {
        if (w.phase == Phase.After) return;
        require(w.before.count() > 0, IWindowVerifier.NoReadingBefore());
        require(w.phase == Phase.Inside, IWindowVerifier.NoReadingInside());
        _requireNoHoles(node.meta, node.place);
        w.afterMs = node.meta.firstMs();
        w.phase = Phase.After;
    }

    /// @dev Holes of a neighbour might lie on the window's side of its readings: it must be opened to see.
    function _requireNoHoles(Meta neighbour, Place place) private pure {
        require(
            neighbour.missing() == 0 || place.level() == 0,
            IWindowVerifier.HolesBesideTheWindow(place.level(), place.index())
        );
    }

    function _report(Walk memory w, IWindowVerifier.Window memory window) private pure {
        Meta inside = w.inside;
        (window.firstMs, window.lastMs) = (inside.firstMs(), inside.lastMs());
        (window.count, window.flags) = (inside.count(), inside.flags());
        window.missing = uint32(w.holesBefore) + inside.missing();
        uint256 gapBefore = gapMs(w.before.lastMs(), inside.firstMs());
        uint256 gapAfter = gapMs(inside.lastMs(), w.afterMs);
        window.maxGapMs = uint32(Math.max(inside.maxGapMs(), Math.max(gapBefore, gapAfter)));
        (window.mins, window.maxs) = (Metrics.unwrap(w.mins), Metrics.unwrap(w.maxs));
        (window.before.level, window.before.index) = (uint8(w.beforePlace.level()), uint64(w.beforePlace.index()));
        window.before.inside = w.beforeInside;
    }
}
