import Spec
import TargetTime

/// What the command line adds to a request file; flags win over the file.
public struct RestoreFlags: Sendable, Equatable {
    public var targetNodes: [String]
    public var sourceNode: String?
    public var sourceDatabase: String?
    public var sourceName: String?
    public var repository: Repository?
    public var set: String?
    public var type: String?
    public var target: String?
    public var options: [String: String]
    public var consents: Set<String>
    public var reenablesBackups: Bool
    /// Sequences of a node that becomes a copy of another are set past the node's own values.
    public var advancesSequences: Bool

    public init(
        targetNodes: [String] = [], sourceNode: String? = nil, sourceDatabase: String? = nil,
        sourceName: String? = nil, repository: Repository? = nil, set: String? = nil, type: String? = nil,
        target: String? = nil, options: [String: String] = [:], consents: Set<String> = [],
        reenablesBackups: Bool = false, advancesSequences: Bool = false
    ) {
        self.targetNodes = targetNodes
        self.sourceNode = sourceNode
        self.sourceDatabase = sourceDatabase
        self.sourceName = sourceName
        self.repository = repository
        self.set = set
        self.type = type
        self.target = target
        self.options = options
        self.consents = consents
        self.reenablesBackups = reenablesBackups
        self.advancesSequences = advancesSequences
    }

    /// The request with these flags put over it.
    func merged(over request: RestoreRequest) -> RestoreRequest {
        var config = request.restoreConfig ?? RestoreConfig()
        if let sourceNode { config.sourceNodeName = sourceNode }
        if let sourceDatabase { config.sourceDatabaseID = sourceDatabase }
        if let sourceName { config.sourceDatabaseName = sourceName }
        if let repository { config.repository = repository }
        // A type or a target on the command line is a new target as a whole, or half of each file would be mixed.
        if type != nil || target != nil {
            config.restoreOptions.removeValue(forKey: "type")
            config.restoreOptions.removeValue(forKey: "target")
        }
        config.restoreOptions.merge(options) { $1 }
        if let set { config.restoreOptions["set"] = set }
        if let type { config.restoreOptions["type"] = type }
        if let target { config.restoreOptions["target"] = target }
        return RestoreRequest(
            targetNodes: targetNodes.isEmpty ? request.targetNodes : targetNodes, restoreConfig: config)
    }
}
