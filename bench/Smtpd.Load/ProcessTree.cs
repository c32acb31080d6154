using System.Globalization;

namespace Smtpd.Load;

/// <summary>CPU time and memory of a process and all its descendants, from Linux's <c>/proc</c>.</summary>
internal sealed record ProcessTree(TimeSpan Cpu, long ResidentBytes)
{
    // USER_HZ: what /proc counts in is 1/100 s on every Linux that .NET runs on, whatever the kernel's own tick is.
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    public static ProcessTree Sample(int processId)
    {
        if (processId == 0)
            return new ProcessTree(TimeSpan.Zero, 0);
        Dictionary<int, Stat> all = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(id) is { } stat)
                all[id] = stat;
        }
        if (!all.ContainsKey(processId))
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"There is no process {processId}."));

        long ticks = 0;
        long pages = 0;
        foreach ((var id, var stat) in all)
        {
            if (!BelongsTo(id))
                continue;
            ticks += stat.Ticks;
            pages += stat.Pages;
        }
        return new ProcessTree(Tick * ticks, pages * Environment.SystemPageSize);

        bool BelongsTo(int id)
        {
            while (id != processId)
            {
                if (!all.TryGetValue(id, out var stat))
                    return false;
                id = stat.Parent;
            }
            return true;
        }
    }

    /// <summary>
    /// The figures once the process rests: when half a second has cost it no more than a step of the clock. What a server does with messages after it has answered is part of their cost, and of nobody else's.
    /// </summary>
    public static async Task<ProcessTree> AtRestAsync(int processId, CancellationToken cancellationToken)
    {
        for (var seen = Sample(processId); ;)
        {
            if (processId != 0)
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            var now = Sample(processId);
            if (now.Cpu - seen.Cpu <= Tick)
                return now;
            seen = now;
        }
    }

    private static Stat? Read(int id)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
        }
        catch (IOException)
        {
            return null; // It ended between the listing and now.
        }
        // proc(5): the name, field 2, is in parentheses and may hold anything, so fields count from the last one; the array begins with field 3.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
        // utime, stime, and those of children that ended and were waited for.
        return new Stat((int)Field(4), Field(14) + Field(15) + Field(16) + Field(17), Field(24));
    }

    private sealed record Stat(int Parent, long Ticks, long Pages);
}
