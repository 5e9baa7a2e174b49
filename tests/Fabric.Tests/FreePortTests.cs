using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class FreePortTests
{
    [Fact]
    public void No_port_is_given_twice()
    {
        var ports = Enumerable.Range(0, 1_000).Select(_ => FreePort.Next()).ToList();

        Assert.Distinct(ports);
    }
}
