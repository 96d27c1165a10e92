import ArgumentParser
import Operations
import PositionedJSON

/// `pgstanza db start`.
struct DatabaseStart: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start the instances of a database that live on this host.")

    @OptionGroup var what: InstanceArguments

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws { try await what.run(.start, context) }
}

/// `pgstanza db stop`.
struct DatabaseStop: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop the instances of a database that live on this host.")

    @OptionGroup var what: InstanceArguments

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws { try await what.run(.stop, context) }
}

/// What both take.
struct InstanceArguments: ParsableArguments {
    @Argument(help: "The database's id.", completion: DatabaseCompletion.kind)
    var id: String

    @Argument(help: ArgumentHelp("Only these nodes.", valueName: "node"))
    var nodes: [String] = []

    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var locks: LockOptions

    func run(_ direction: StartStop.Direction, _ context: CommandContext) async throws {
        if dryRun.dryRun {
            let changes = try await StartStop(context.operation()).plan(direction, id, nodes: nodes)
            context.output.result(
                ChangeText.document(id, changes),
                text: changes.isEmpty ? ["\(id): nothing to do"] : ChangeText.lines(changes))
            return
        }
        let reports = try await StartStop(context.operation(lockWait: try locks.seconds(context)))
            .run(direction, id, nodes: nodes)
        context.output.endProgress()
        context.output.result(
            [
                "database": .string(id),
                "instances": .array(
                    reports.map {
                        [
                            "node": .string($0.node), "host_id": .string($0.hostID), "role": .string($0.role.rawValue),
                            "state": .string($0.state), "changed": .bool($0.changed),
                        ]
                    }),
            ],
            text: reports.map {
                "\($0.node) \($0.role.rawValue) on \($0.hostID): \($0.state)" + ($0.changed ? "" : " already")
            })
    }
}
