namespace Smtpd.Lab.PowerCut;

/// <summary>
/// A directory as the disk has it: what was synced is there; what was not may be there, or not, or in part. POSIX promises no more, whatever a file system does
/// beyond that: the content of a file by its own fsync, a name by an fsync of its directory.
/// </summary>
internal sealed class DiskModel(string directory)
{
    private readonly DirectoryNode root = new();
    private int events;

    /// <summary>What happened next.</summary>
    public void Apply(DiskEvent next)
    {
        var at = events++;
        switch (next)
        {
            case Created(var path, var isDirectory):
                if (Find(path) is null)
                    Name(path, isDirectory ? new DirectoryNode() : new FileNode(), at);
                break;
            case Written or Resized:
                ((FileNode)Find(next is Written written ? written.Path : ((Resized)next).Path)!).Pending.Add((at, next));
                break;
            case Renamed(var from, var to):
                // Whoever loses power in between finds the file under one name or both, never under none.
                Remove(from, at, Name(to, Find(from)!, at));
                break;
            case Removed(var path):
                Remove(path, at, null);
                break;
            case Synced(var path, var begun):
                Find(path)?.Sync(begun);
                break;
            case SyncFailed(var path, var begun):
                Find(path)?.FailToSync(begun, at);
                break;
        }
    }

    /// <summary>Makes the directory as it may be found after a power cut now.</summary>
    public void Make(string target, Survival survival) => root.Make(target, survival);

    private NameChange Name(string path, Node node, int at)
    {
        var parent = (DirectoryNode)Find(Path.GetDirectoryName(path)!)!;
        NameChange change = new(at, Path.GetFileName(path), node, null);
        parent.Now[change.Name] = node;
        parent.Pending.Add(change);
        return change;
    }

    private void Remove(string path, int at, NameChange? after)
    {
        var parent = (DirectoryNode)Find(Path.GetDirectoryName(path)!)!;
        parent.Now.Remove(Path.GetFileName(path));
        parent.Pending.Add(new(at, Path.GetFileName(path), null, after));
    }

    private Node? Find(string path)
    {
        Node? node = path.StartsWith(directory, StringComparison.Ordinal) ? root : null;
        foreach (var name in path[Math.Min(path.Length, directory.Length)..].Split('/', StringSplitOptions.RemoveEmptyEntries))
            node = (node as DirectoryNode)?.Now.GetValueOrDefault(name);
        return node;
    }

    private abstract class Node
    {
        public abstract void Sync(int begun);

        /// <summary>Some of what was pending is there from now on, the rest is gone.</summary>
        public abstract void FailToSync(int begun, int seed);

        public abstract void Make(string path, Survival survival);
    }

    private sealed class FileNode : Node
    {
        private byte[] durable = [];
        private int length;

        public List<(int At, DiskEvent Change)> Pending { get; } = [];

        public override void Sync(int begun) => Sync(begun, _ => true);

        public override void FailToSync(int begun, int seed)
        {
            Random chance = new(seed);
            var share = chance.NextDouble();
            Sync(begun, change => change is Resized || chance.NextDouble() < share);
        }

        private void Sync(int begun, Func<DiskEvent, bool> succeeds)
        {
            foreach (var (_, change) in Pending.TakeWhile(each => each.At < begun).Where(each => succeeds(each.Change)))
            {
                if (change is Written written)
                    Put(ref durable, ref length, written.Offset, written.Octets);
                else
                    Resize(ref durable, ref length, ((Resized)change).Length);
            }

            Pending.RemoveAll(each => each.At < begun);
        }

        public override void Make(string path, Survival survival)
        {
            var octets = durable.AsSpan(0, length).ToArray();
            var size = length;
            foreach (var (at, change) in Pending)
            {
                if (change is Resized resized && survival.Keeps(at))
                    Resize(ref octets, ref size, resized.Length);
                else if (change is Written written)
                {
                    foreach (var (from, to) in survival.KeptOf(at, written))
                        Put(ref octets, ref size, written.Offset + from, written.Octets.AsSpan(from..to));
                }
            }

            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            RandomAccess.Write(file, octets.AsSpan(0, size), 0);
        }

        private static void Put(ref byte[] octets, ref int length, long offset, ReadOnlySpan<byte> some)
        {
            if (some.IsEmpty)
                return;
            Resize(ref octets, ref length, Math.Max(length, offset + some.Length));
            some.CopyTo(octets.AsSpan((int)offset));
        }

        private static void Resize(ref byte[] octets, ref int length, long to)
        {
            if (to > octets.Length)
                Array.Resize(ref octets, (int)Math.Max(to, octets.Length * 3L / 2));
            if (to < length)
                octets.AsSpan((int)to, length - (int)to).Clear();
            length = (int)to;
        }
    }

    private sealed class DirectoryNode : Node
    {
        private readonly Dictionary<string, Node> durable = [];

        public Dictionary<string, Node> Now { get; } = [];

        public List<NameChange> Pending { get; } = [];

        public override void Sync(int begun)
        {
            foreach (var each in Pending.TakeWhile(each => each.At < begun))
            {
                Carry(each, durable);
                each.IsDurable = true;
            }

            Pending.RemoveAll(each => each.At < begun);
        }

        // Names stay pending, as the next sync of the directory has its whole block to write.
        public override void FailToSync(int begun, int seed)
        {
        }

        public override void Make(string path, Survival survival)
        {
            Dictionary<string, Node> names = new(durable);
            foreach (var each in Pending)
            {
                if (survival.Keeps(each.At) && (each.After is null || each.After.IsDurable || survival.Keeps(each.After.At)))
                    Carry(each, names);
            }

            Directory.CreateDirectory(path);
            foreach (var (name, node) in names)
                node.Make(Path.Combine(path, name), survival);
        }

        private static void Carry(NameChange change, Dictionary<string, Node> names)
        {
            if (change.Node is null)
                names.Remove(change.Name);
            else
                names[change.Name] = change.Node;
        }
    }

    /// <param name="Node"><c>null</c>: the name goes.</param>
    /// <param name="After">The other half of a rename.</param>
    private sealed record NameChange(int At, string Name, Node? Node, NameChange? After)
    {
        public bool IsDurable { get; set; }
    }
}
