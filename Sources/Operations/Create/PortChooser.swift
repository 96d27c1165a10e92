import Catalog
import Spec

/// Gives a port to every instance of this machine that asks for a free one.
struct PortChooser {
    /// Where the search begins when nothing is nearer.
    static let first = 5432

    /// Ports that other databases of this home keep, whether they run or not.
    var kept: Set<Int>

    /// Chooses for the instances without a port; one that is there already, with a server, keeps that server's.
    func choose(_ placement: DatabasePlacement) throws -> DatabasePlacement {
        var placement = placement
        var taken = kept.union(placement.nodes.flatMap { $0.instances.filter(\.isHere).map(\.port) })
        func port(near start: Int, for name: String) throws -> Int {
            guard let port = FreePort.first(from: start, except: taken) else {
                throw OperationError(
                    .refused, code: "no-free-port", "no TCP port is free for \(name)", hint: "give one in the spec")
            }
            taken.insert(port)
            return port
        }
        for index in placement.nodes.indices {
            let name = placement.nodes[index].name
            if placement.nodes[index].primary.isHere, placement.nodes[index].primary.port == 0 {
                let running = try? PostmasterPort.of(pgdata: placement.nodes[index].primary.pgdata)
                placement.nodes[index].primary.port = try running ?? port(near: Self.first, for: name)
            }
            let base = placement.nodes[index].primary.port
            for replica in placement.nodes[index].replicas.indices
            where placement.nodes[index].replicas[replica].isHere && placement.nodes[index].replicas[replica].port == 0
            {
                let hostID = placement.nodes[index].replicas[replica].hostID
                placement.nodes[index].replicas[replica].port =
                    try port(near: base + 1, for: "the replica of \(name) on \(hostID)")
            }
        }
        return placement
    }
}
