using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class FreePortTests
{
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

        var locks = await File.ReadAllLinesAsync("/proc/locks", TestContext.Current.CancellationToken);

        var expected = new Regex($@"WRITE {Environment.ProcessId} \S+ {port} {port}$", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.Contains(locks, line => expected.IsMatch(line));
    }
}
