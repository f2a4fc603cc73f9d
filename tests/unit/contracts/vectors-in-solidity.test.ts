import { expect, it } from "vitest";
import { toHex, uintWord } from "../../../protocol/bytes.ts";
import { vectorNode, vectors } from "../../vectors/vectors.ts";

/** The vectors as a Solidity library: `vitest -u` writes the file again. */
function solidity(): string {
  const { key, register, highS, tree, directory, single } = vectors;
  const raw = (hex: string) => `hex"${hex.slice(2)}"`;
  const joined = (parts: readonly string[]) => raw(`0x${parts.map((part) => part.slice(2)).join("")}`);
  const constants: [type: string, name: string, value: string][] = [
    ["uint256", "PRIVATE_KEY", key.private],
    ["uint256", "X", key.x],
    ["uint256", "Y", key.y],
    ["uint256", "CHAIN_ID", `${vectors.chainId}`],
    ["bytes32", "STREAM_ID", vectors.streamId],
    ["bytes32", "ROOT", tree.root],
    ["uint256", "SIZE", `${tree.size}`],
    ["bytes32", "DIRECTORY_ROOT", directory.root],
    ["bytes32", "SINGLE_LEAF", single.treeRoot],
    ["bytes32", "SINGLE_DIRECTORY_ROOT", single.directoryRoot],
    ["bytes", "HIGH_S_FRAME", joined([highS.record, highS.signature])],
    ["bytes32", "REGISTER_R", register.signature.slice(0, 66)],
    ["bytes32", "REGISTER_S", `0x${register.signature.slice(66)}`],
    ["bytes", "REGISTER_SIGNED", raw(register.signedBytes)],
  ];
  const frames = vectors.records.map((at) => ("hole" in at ? 'hex""' : joined([at.record, at.signature])));
  const nodes = tree.levels.map((level) =>
    joined(level.flatMap((node) => [toHex(vectorNode(node).body), node.digest])),
  );
  const entries = directory.entries.map(({ streamId, size, root }) =>
    joined([streamId, toHex(uintWord(size)), root]),
  );
  const rows = directory.rows.map(joined);
  const windows = vectors.windows.map(({ from, to, proof }) => `(${from}, ${to}, ${raw(proof)})`);
  const cases = (values: readonly string[]) =>
    values.map((value, i) => `        if (i == ${i}) return ${value};\n`).join("");
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The protocol's vectors, as tests/unit/contracts/vectors-in-solidity.test.ts writes them.
library Vectors {
${constants.map(([type, name, value]) => `    ${type} internal constant ${name} = ${value};\n`).join("")}
    /// @notice Frame at position \`i\`; empty where there is a hole.
    function frame(uint256 i) internal pure returns (bytes memory) {
${cases(frames)}        revert();
    }

    /// @notice All nodes of level \`i\`: meta, mins, maxs, inside and digest of each.
    function level(uint256 i) internal pure returns (bytes memory) {
${cases(nodes)}        revert();
    }

    /// @notice Entry \`i\` of the directory: stream, size and root.
    function entry(uint256 i) internal pure returns (bytes memory) {
${cases(entries)}        revert();
    }

    /// @notice Window \`i\`: its first and last moment in ms, and the walk that proves it.
    function window(uint256 i) internal pure returns (uint48, uint48, bytes memory) {
${cases(windows)}        revert();
    }

    /// @notice Row \`i\` of the directory, from its leaves up.
    function row(uint256 i) internal pure returns (bytes memory) {
${cases(rows)}        revert();
    }
}
`;
}

it("keeps the vectors that the Solidity tests read the same as the published ones", async () => {
  await expect(solidity()).toMatchFileSnapshot("../../contracts/Vectors.sol");
});
