using System.Globalization;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>A Linux process, identified by id and start time, because Linux reuses ids.</summary>
internal sealed record LinuxProcess(int Id, int Parent, string Started)
{
    public bool Lives() => Read(Id) is { } now && now.Started == Started;

    public static LinuxProcess? Read(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            // The fields after the name, which may contain any character: state, parent, …; the start time is the 20th.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : new LinuxProcess(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[19]);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>The descendants of a process.</summary>
internal static class ProcessTree
{
    public static IReadOnlyList<LinuxProcess> Of(int root)
    {
        var all = Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? LinuxProcess.Read(id)
                : null)
            .OfType<LinuxProcess>()
            .ToLookup(process => process.Parent);
        return [.. Descendants(root)];

        IEnumerable<LinuxProcess> Descendants(int id) => all[id].SelectMany(child => Descendants(child.Id).Prepend(child));
    }
}
