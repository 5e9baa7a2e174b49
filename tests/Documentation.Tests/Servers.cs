using LastMile.Events.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServers))]
