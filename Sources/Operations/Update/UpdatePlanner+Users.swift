import Spec

extension UpdatePlanner {
    /// Users and the owner of the database, on one node.
    func users(_ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan) {
        for user in wanted.spec.users {
            let before = present.spec.users.first { $0.username == user.username }
            if let roles = seen.roles, !roles.contains(user.username) {
                add(.createUser, node, user.username, user.username, &plan)
            } else if let before {
                let difference = UserDifference(before, user)
                if !difference.isNothing {
                    add(.alterUser, node, user.username, "\(user.username): \(difference.described)", &plan)
                }
            } else if seen.roles == nil {
                add(.createUser, node, user.username, user.username, &plan)
            } else {
                add(
                    .alterUser, node, user.username,
                    "\(user.username): is there already, and gets what the spec says", &plan)
            }
        }
        for user in present.spec.users where !wanted.spec.users.contains(where: { $0.username == user.username }) {
            add(
                .leaveUser, node, user.username,
                "\(user.username) is no longer looked after; the role and what it owns stay (DROP ROLE takes it away)",
                &plan)
        }
        owner(node, seen, &plan)
    }

    private func owner(_ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan) {
        let before = present.spec.users.first(where: \.isOwner)?.username
        guard let after = wanted.spec.users.first(where: \.isOwner)?.username, after != before,
            seen.databaseOwner != after
        else { return }
        add(.owner, node, after, "\(wanted.spec.databaseName) belongs to \(after)", &plan)
    }
}
