using System.Runtime.InteropServices;

namespace LastMile.Events.Bench.Results;

/// <summary>The machine that ran the servers and the benchmark.</summary>
internal sealed record Machine(int Cores, string Cpu, string OperatingSystem, string Runtime)
{
    private const string CpuFile = "/proc/cpuinfo";

    /// <summary>Returns the current machine.</summary>
    public static Machine This() =>
        new(Environment.ProcessorCount, CpuModel(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    /// <summary>Formats the machine, for example <c>2 cores (AMD EPYC 7763), Debian GNU/Linux 12, .NET 10.0.1</c>.</summary>
    public override string ToString() => $"{Cores} cores ({Cpu}), {OperatingSystem}, {Runtime}";

    // Not every processor reports its model, and not every system has the file.
    private static string CpuModel()
    {
        var line = File.Exists(CpuFile)
            ? File.ReadLines(CpuFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
