using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Xunit;

namespace Postgres.Tests;

/// <summary>
/// Upgrades databases with the schema of an earlier release. Releases/ holds the installation script of each release that changed the
/// schema. Add the script of a release when it is published; never edit one.
/// </summary>
public sealed class UpgradeTests(SharedServers servers)
{
    private static readonly string Releases = Path.Combine(AppContext.BaseDirectory, "Releases");

    /// <summary>The releases that changed the schema.</summary>
    public static TheoryData<string> Released() =>
        [.. Directory.EnumerateFiles(Releases).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>The versions of the schema.</summary>
    public static TheoryData<int> Versions() => [.. Enumerable.Range(1, OutboxSchema.Version)];

    [Theory]
    [MemberData(nameof(Released))]
    public void A_release_only_appends_versions_to_the_schema(string release)
    {
        const string End = "end\n$lastmile_install$;";
        var released = ScriptOf(release).TrimEnd();

        Assert.EndsWith(End, released, StringComparison.Ordinal);
        Assert.StartsWith(released[..^End.Length].TrimEnd(), OutboxSchema.InstallScript, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Released))]
    public async Task An_upgrade_keeps_rows_rules_and_captures(string release)
    {
        await using var database = await Database.CreateEmptyAsync(servers);
        await database.ExecuteAsync(ScriptOf(release));
        await database.ExecuteAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "used_schema.sql")));
        var (role, relay) = await database.CreateRoleAsync();
        await database.ExecuteAsync($"select lastmile.grant_relay('{role}')");
        var tables = await database.QueryAsync(
            "select tablename::text from pg_tables where schemaname = 'lastmile' and tablename <> 'schema_version' order by 1");
        var before = await RowsAsync(database, tables);

        await OutboxSchema.InstallAsync(database.Source);

        Assert.Equal(before, await RowsAsync(database, tables));
        // The upgrade grants what a new version needs to the roles that relay.
        Assert.Equal(await CatalogOfNewAsync(role), await CatalogAsync(database, role));
        Assert.Empty(await database.QueryAsync("select relation || ': ' || finding from lastmile.audit()"));
        await database.ExecuteAsync(
            "delete from lastmile.outbox; update products set slug = 'boot'; delete from orders where placed = '2026-03-04'");
        Assert.Equal(["Product update id,slug [7,boot] [7,shoe]", "Order delete id [2]"], await database.TakeAsync());
        await OutboxSchema.InstallAsync(relay);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_installation_that_continues_at_any_version_equals_a_new_one(int version)
    {
        await using var database = await Database.CreateEmptyAsync(servers);
        var script = OutboxSchema.InstallScript;
        for (var later = version + 1; later <= OutboxSchema.Version; later++)
            script = script.Replace($"if installed < {later} then", "if false then", StringComparison.Ordinal);
        await database.ExecuteAsync(script);
        await database.ExecuteAsync(
            "insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('A', 'truncate', '{}', '[]', 0)");
        Assert.Equal([$"{version}"], await database.QueryAsync("select max(version) from lastmile.schema_version"));
        var (role, _) = await database.CreateRoleAsync();

        await OutboxSchema.InstallAsync(database.Source);

        await database.ExecuteAsync($"select lastmile.grant_relay('{role}')");
        Assert.Equal(["A truncate "], await database.TakeAsync());
        Assert.Equal(await CatalogOfNewAsync(role), await CatalogAsync(database, role));
    }

    private static string ScriptOf(string release) => File.ReadAllText(Path.Combine(Releases, release + ".sql"));

    private static async Task<List<string?>> RowsAsync(Database database, List<string?> tables)
    {
        var rows = new List<string?>();
        foreach (var table in tables)
        {
            var ofTable = await database.QueryAsync($"select '{table}: ' || t::text from lastmile.{table} t order by 1");
            Assert.NotEmpty(ofTable);
            rows.AddRange(ofTable);
        }

        return rows;
    }

    private async Task<List<string?>> CatalogOfNewAsync(string role)
    {
        await using var database = await Database.CreateAsync(servers);
        await database.ExecuteAsync($"select lastmile.grant_relay('{role}')");
        var catalog = await CatalogAsync(database, role);
        await database.ExecuteAsync($"drop owned by {role}");
        return catalog;
    }

    // Capture functions of tracked tables are not part of the schema.
    private static async Task<List<string?>> CatalogAsync(Database database, string role) =>
        [.. (await database.QueryAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "catalog.sql"))))
            .Select(line => line!.Replace(role, "relay", StringComparison.Ordinal))];
}
