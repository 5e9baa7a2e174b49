using System.Net;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

[RunsFirst]
public sealed class CaptureAuditTests(SharedServers servers)
{
    private const string DisabledTrigger = "public.products (Product): trigger lastmile_insert is disabled";

    [Fact]
    public async Task A_finding_is_logged_once_and_shown_until_it_is_fixed()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:AuditInterval", "00:00:01"));

        await world.ExecuteAsync("alter table products disable trigger lastmile_insert");
        await invalidator.Log.HasAsync(
            "Warning: Capture of public.products (Product) is not as declared: trigger lastmile_insert is disabled. "
            + "alter table only public.products enable always trigger lastmile_insert");
        await invalidator.Log.HasAsync("Warning: capture is degraded: ");
        Assert.Contains(DisabledTrigger, await CaptureAsync(invalidator), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await invalidator.GetAsync("/health/ready")).Status);
        Assert.Equal(1, await FindingsAsync(invalidator));

        await world.ExecuteAsync("alter table only products enable always trigger lastmile_insert");
        await invalidator.Log.HasAsync(
            "Information: Capture of public.products (Product) is as declared again. Resolved: trigger lastmile_insert is disabled");
        await invalidator.Log.HasAsync("Information: capture is healthy again");
        Assert.Equal(0, await FindingsAsync(invalidator));
        Assert.Equal(
            ["Warning: Capture", "Information: Capture"],
            invalidator.Log.Lines
                .Where(line => line.Contains("Capture of public.products", StringComparison.Ordinal))
                .Select(line => line[..(line.IndexOf("Capture", StringComparison.Ordinal) + "Capture".Length)]));
    }

    [Fact]
    public async Task The_audit_finds_an_existing_fault_at_the_start_with_the_relays_permissions()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync("alter table products disable trigger lastmile_insert");
        var role = await RelayRoleAsync(world);

        await using (var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Postgres:ConnectionString", AsRole(world, role))))
            await invalidator.Log.HasAsync("Warning: Capture of public.products (Product) is not as declared");

        await DropAsync(world, role);
    }

    [Fact]
    public async Task No_audit_runs_with_an_interval_of_zero()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync("alter table products disable trigger lastmile_insert");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:AuditInterval", "0"));

        await invalidator.App.Services.GetRequiredService<CaptureAudit>().ExecuteTask!
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.DoesNotContain(DisabledTrigger, await CaptureAsync(invalidator), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_audit_permission_is_reported_with_the_remedy()
    {
        await using var world = await World.CreateAsync(servers);
        var role = await RelayRoleAsync(world);
        await world.ExecuteAsync($"revoke execute on function lastmile.audit() from public, {role}");

        await using (var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Postgres:ConnectionString", AsRole(world, role))))
        {
            var line = await invalidator.Log.HasAsync(
                "Warning: capture is degraded: The audit failed: permission denied for function audit.");
            Assert.Contains("lastmile.grant_relay", line, StringComparison.Ordinal);
        }

        await DropAsync(world, role);
    }

    private static async Task<string> RelayRoleAsync(World world)
    {
        var role = "audit_" + new NpgsqlConnectionStringBuilder(world.Database).Database;
        await world.ExecuteAsync($"create role {role} login password '{role}'; select lastmile.grant_relay('{role}')");
        return role;
    }

    private static string AsRole(World world, string role) =>
        new NpgsqlConnectionStringBuilder(world.Database) { Username = role, Password = role }.ConnectionString;

    private static Task DropAsync(World world, string role) => world.ExecuteAsync($"drop owned by {role}; drop role {role}");

    private static async Task<string> CaptureAsync(RunningInvalidator invalidator) =>
        (await invalidator.GetAsync("/health/ready")).Body.GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("name").GetString() == "capture").ToString();

    private static async Task<int> FindingsAsync(RunningInvalidator invalidator) =>
        (await invalidator.GetAsync("/status")).Body.GetProperty("findings").GetInt32();
}
