using System.Reflection;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Loader;
using Xunit;

namespace LastMile.Events.Architecture.Tests;

/// <summary>Tests that the folders of an assembly form no dependency cycle, and that no assembly references one above it.</summary>
public sealed class DirectionTests
{
    [Theory]
    [InlineData("LastMile.Events.Invalidator")]
    [InlineData("LastMile.Events.RegionAgent")]
    [InlineData("LastMile.Events.Caching")]
    [InlineData("LastMile.Events.Tool")]
    public void Folders_of_an_assembly_form_no_cycle(string assembly)
    {
        var architecture = new ArchLoader().LoadAssembly(Assembly.Load(assembly)).Build();

        var failures = SliceRuleDefinition.Slices().Matching(assembly + ".(**)").Should().BeFreeOfCycles()
            .Evaluate(architecture).Where(result => !result.Passed).Select(result => result.Description);

        Assert.Equal("", string.Join(Environment.NewLine, failures));
    }

    [Theory]
    [InlineData("LastMile.Events.Messages")]
    [InlineData("LastMile.Events.Postgres")]
    [InlineData("LastMile.Events.Redis")]
    [InlineData("LastMile.Events.EntityFrameworkCore", "LastMile.Events.Postgres")]
    [InlineData("LastMile.Events.Caching", "LastMile.Events.Redis")]
    [InlineData("LastMile.Events.Hosting", "LastMile.Events.Redis")]
    [InlineData(
        "LastMile.Events.Invalidator",
        "LastMile.Events.Hosting", "LastMile.Events.Messages", "LastMile.Events.Postgres", "LastMile.Events.Redis")]
    [InlineData("LastMile.Events.RegionAgent", "LastMile.Events.Hosting", "LastMile.Events.Messages", "LastMile.Events.Redis")]
    [InlineData("LastMile.Events.Tool", "LastMile.Events.Postgres", "LastMile.Events.Redis")]
    public void An_assembly_references_only_those_below_it(string assembly, params string[] below)
    {
        var referenced = Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("LastMile.", StringComparison.Ordinal));

        Assert.Empty(referenced.Except(below, StringComparer.Ordinal));
    }
}
