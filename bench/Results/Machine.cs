using System.Runtime.InteropServices;

namespace LastMile.Events.Bench.Results;

/// <summary>Where the benchmark ran: everything on one machine.</summary>
internal sealed record Machine(int Cores, string Cpu, string OperatingSystem, string Runtime)
{
    private const string CpuFile = "/proc/cpuinfo";

    /// <summary>The one that this runs on.</summary>
    public static Machine This() =>
        new(Environment.ProcessorCount, CpuModel(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    /// <summary>As <c>2 cores (AMD EPYC 7763), Debian GNU/Linux 12, .NET 10.0.1</c>.</summary>
    public override string ToString() => $"{Cores} cores ({Cpu}), {OperatingSystem}, {Runtime}";

    // Not every processor tells its model, and not every system has the file.
    private static string CpuModel()
    {
        var line = File.Exists(CpuFile) ? File.ReadLines(CpuFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
