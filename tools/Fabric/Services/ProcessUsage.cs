using System.Globalization;

namespace LastMile.Events.Fabric;

/// <summary>The resource usage of a process on this machine so far, from Linux's /proc.</summary>
/// <param name="Cpu">Its CPU time since it started, in steps of 10 ms.</param>
/// <param name="Memory">Resident memory in bytes.</param>
/// <param name="PeakMemory">Peak resident memory in bytes.</param>
/// <param name="Started">When it started, as time since the machine's boot.</param>
public sealed record ProcessUsage(TimeSpan Cpu, long Memory, long PeakMemory, TimeSpan Started)
{
    private const string Processes = "/proc";

    // The kernel's USER_HZ: 100 on every platform that .NET runs on.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>How long the process has been running.</summary>
    public TimeSpan Age => TimeSpan.FromMilliseconds(Environment.TickCount64) - Started;

    /// <summary>Reads the usage of a service's process.</summary>
    /// <exception cref="InvalidOperationException">The service does not run.</exception>
    public static ProcessUsage Of(Service service)
    {
        ArgumentNullException.ThrowIfNull(service);
        var process = Directory.EnumerateDirectories(Processes).FirstOrDefault(folder => Runs(folder, service.Address))
            ?? throw new InvalidOperationException($"No process of {service.Name} listens on {service.Address}.");
        return Parse(File.ReadAllText(Path.Combine(process, "stat")), File.ReadAllText(Path.Combine(process, "status")));
    }

    /// <summary>Parses a process's files in /proc.</summary>
    /// <param name="stat">The contents of <c>stat</c>.</param>
    /// <param name="status">The contents of <c>status</c>.</param>
    internal static ProcessUsage Parse(string stat, string status)
    {
        // The name, in parentheses, may contain any character. The third and later fields follow it: utime is the 14th, stime the 15th, and
        // starttime the 22nd.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessUsage(Ticks(14) + Ticks(15), Kilobytes(status, "VmRSS:"), Kilobytes(status, "VmHWM:"), Ticks(22));

        TimeSpan Ticks(int field) => Number(fields[field - 3]) * Tick;
    }

    /// <summary>Returns whether a command line is that of the service itself, not of its supervisor shell.</summary>
    /// <param name="commandLine">The command line as in /proc, where each argument ends with a zero byte.</param>
    /// <param name="address">The address that the service listens on.</param>
    internal static bool IsCommandOf(string commandLine, Uri address)
    {
        var arguments = commandLine.Split('\0');
        return Path.GetFileName(arguments[0]) == "dotnet" && arguments.Contains(address.ToString(), StringComparer.Ordinal);
    }

    private static bool Runs(string folder, Uri address)
    {
        if (!Path.GetFileName(folder).All(char.IsAsciiDigit))
            return false;
        try
        {
            return IsCommandOf(File.ReadAllText(Path.Combine(folder, "cmdline")), address);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Kilobytes(string status, string field)
    {
        var line = status.Split('\n').First(line => line.StartsWith(field, StringComparison.Ordinal));
        return 1024 * Number(line[field.Length..].Replace("kB", "", StringComparison.Ordinal));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
