using System.Globalization;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Fabric.Tests;

public sealed class FreePortTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    [Fact]
    public void No_port_is_returned_twice()
    {
        var ports = Enumerable.Range(0, 1_000).Select(_ => FreePort.Next()).ToList();

        Assert.Distinct(ports);
    }

    [Fact]
    public async Task A_returned_port_is_locked_against_other_processes()
    {
        var port = FreePort.Next();

        // A process that releases a lock during the read can hide a line from it.
        await Eventually.Async(() => File.ReadLines("/proc/locks").Any(line => IsLockOfThisProcess(line, port)));
    }

    // A line ends with the first and the last locked byte. Linux joins the locks of adjacent ports into one line.
    private static bool IsLockOfThisProcess(string line, int port)
    {
        var pattern = $@"WRITE {Environment.ProcessId} \S+ (?<first>\d+) (?<last>\d+)$";
        var match = Regex.Match(line, pattern, RegexOptions.ExplicitCapture, Timeout);
        return match.Success && ByteOf("first") <= port && port <= ByteOf("last");

        long ByteOf(string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }
}
