using LastMile.Events.Testing;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// More than there are cores, perhaps: these tests wait more than they compute.
[assembly: Parallelization(MaxThreads = 4)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
