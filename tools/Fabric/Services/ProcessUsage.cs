using System.Globalization;

namespace LastMile.Events.Fabric;

/// <summary>What a process of this machine has used so far, by Linux's /proc.</summary>
/// <param name="Cpu">Its time on the processors since it started, in steps of 10 ms.</param>
/// <param name="Memory">Bytes that are resident.</param>
/// <param name="PeakMemory">The most that ever were.</param>
/// <param name="Started">When it started, after the machine did.</param>
public sealed record ProcessUsage(TimeSpan Cpu, long Memory, long PeakMemory, TimeSpan Started)
{
    private const string Processes = "/proc";

    // The kernel's USER_HZ: 100 on every platform that .NET runs on.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>How long it has been running.</summary>
    public TimeSpan Age => TimeSpan.FromMilliseconds(Environment.TickCount64) - Started;

    /// <summary>Asks for a service's process.</summary>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public static ProcessUsage Of(Service service)
    {
        ArgumentNullException.ThrowIfNull(service);
        var process = Directory.EnumerateDirectories(Processes).FirstOrDefault(folder => Runs(folder, service.Address))
            ?? throw new InvalidOperationException($"No process of {service.Name} listens on {service.Address}.");
        return Parse(File.ReadAllText(Path.Combine(process, "stat")), File.ReadAllText(Path.Combine(process, "status")));
    }

    /// <summary>Reads what /proc says of a process.</summary>
    /// <param name="stat">Its <c>stat</c>.</param>
    /// <param name="status">Its <c>status</c>.</param>
    internal static ProcessUsage Parse(string stat, string status)
    {
        // The name, in parentheses, may hold anything. After it come the fields from the third on: utime is the 14th, stime the 15th,
        // starttime the 22nd.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessUsage(Ticks(14) + Ticks(15), Kilobytes(status, "VmRSS:"), Kilobytes(status, "VmHWM:"), Ticks(22));

        TimeSpan Ticks(int field) => Number(fields[field - 3]) * Tick;
    }

    /// <summary>Whether a command line is the service's own, and not that of the shell that watches over it.</summary>
    /// <param name="commandLine">As /proc has it: each argument ends with a zero byte.</param>
    /// <param name="address">Where the service listens.</param>
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
