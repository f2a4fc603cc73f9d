// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who may do what: one number for each power
/// @notice `Charter` connects these numbers to functions and, at deployment, to accounts.
library Roles {
    /// @dev AccessManager's admin: grants roles, approves products, changes the operator.
    uint64 internal constant GOVERNOR = 0;

    /// @dev Registers, binds and revokes probes.
    uint64 internal constant REGISTRAR = 1;
    /// @dev Signs quotes: the insurer named in the terms must hold this while a quote is bound.
    uint64 internal constant UNDERWRITER = 2;
    /// @dev May be made the operator of the batch ledger, who anchors.
    uint64 internal constant OPERATOR = 3;
    /// @dev Approves claims before their time for challenges is over.
    uint64 internal constant CLAIMS_OFFICER = 4;
    /// @dev Decides what arithmetic cannot: disputes, late and suspect claims, audit claims.
    uint64 internal constant ARBITER = 5;

    /// @dev Publishes products.
    uint64 internal constant PRODUCTS = 6;
    /// @dev Pauses new policies and new claims, together with another guardian.
    uint64 internal constant GUARDIAN = 7;
    /// @dev May read every reading that the portal has, which the farmer is told of; connected to no function.
    uint64 internal constant AUDITOR = 8;

    /// @dev Duties, of which one key holds at most one, are numbered FIRST_DUTY … LAST_DUTY.
    uint64 internal constant FIRST_DUTY = REGISTRAR;
    uint64 internal constant LAST_DUTY = ARBITER;
}
