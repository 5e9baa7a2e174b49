using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Tool.Tests;

public sealed class PostgresSetupTests(SharedServers servers) : IAsyncLifetime
{
    // Roles belong to the whole server, so each test has its own. Their names need quotes in SQL and in connection strings.
    private readonly string suffix = Guid.NewGuid().ToString("N");
    private readonly ToolRun tool = new();
    private NpgsqlConnectionStringBuilder admin = null!;

    private string Relay => $"re\"lay's-{suffix}";

    private string Owner => $"Owner \"x\" {suffix}";

    public async ValueTask InitializeAsync()
    {
        admin = new(await servers.CreateDatabaseAsync());
        var result = await tool.RunAsync("init", "--application", "shop", "--regions", "ams", "--postgres", "x/x");
        Assert.Equal(0, result.Code);
        tool.Edit(file =>
        {
            file["Postgres"]!["ConnectionString"] = LoginAs(Relay, "pass'word \"1\"");
            file["Postgres"]!["OwnerConnectionString"] = LoginAs(Owner, "owner's");
        });
    }

    public ValueTask DisposeAsync()
    {
        tool.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Apply_lets_the_Invalidator_relay_and_a_second_run_changes_nothing()
    {
        var result = await ApplyAsync("--schema");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal("7 changed, 2 unchanged.", result.Summary);
        Assert.Equal("0", await ScalarAsync(LoginAs(Relay, "pass'word \"1\""), "select count(*)::text from lastmile.outbox"));
        Assert.Equal(Relay, await ScalarAsync(
            admin.ConnectionString, $"select rolname::text from pg_roles where rolname like '%{suffix}' and rolreplication"));
        Assert.Equal(Owner, await ScalarAsync(
            admin.ConnectionString,
            "select rolname::text from pg_namespace n join pg_roles r on r.oid = nspowner where nspname = 'lastmile'"));

        Assert.Equal("0 changed, 9 unchanged.", (await ApplyAsync("--schema")).Summary);
    }

    [Fact]
    public async Task A_changed_password_in_the_file_replaces_the_one_in_use()
    {
        await ApplyAsync("--schema");
        tool.Edit(file => file["Postgres"]!["ConnectionString"] = LoginAs(Relay, "other"));

        var result = await ApplyAsync("--schema", "--change-passwords");

        Assert.Equal("1 changed, 8 unchanged.", result.Summary);
        Assert.Equal("1", await ScalarAsync(LoginAs(Relay, "other"), "select '1'"));
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(LoginAs(Relay, "pass'word \"1\""), "select '1'"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Theory]
    [InlineData("superuser")]
    [InlineData("createrole createdb")]
    public async Task A_role_of_another_installation_keeps_its_password(string rights)
    {
        await ScalarAsync(admin.ConnectionString, $"create role \"other-{suffix}\" login {rights} password 'other'");
        await ScalarAsync(admin.ConnectionString, $"create role \"re\"\"lay's-{suffix}\" login password 'of another installation'");

        var result = await tool.RunAsync("setup", "postgres", "--apply", "--admin", LoginAs($"other-{suffix}", "other"));

        Assert.Equal(2, result.Code);
        Assert.Contains($"The role {Relay} exists with another password", result.Error);
        Assert.Contains("Nothing was changed.", result.Error);
        Assert.Equal("1", await ScalarAsync(LoginAs(Relay, "of another installation"), "select '1'"));
        Assert.Null(await ScalarAsync(admin.ConnectionString, $"select rolname::text from pg_roles where rolname like 'Owner%{suffix}'"));
    }

    [Fact]
    public async Task A_superuser_is_never_made_the_role_of_the_Invalidator()
    {
        await ScalarAsync(admin.ConnectionString, $"create role \"re\"\"lay's-{suffix}\" superuser login password 'of the administrator'");

        var result = await ApplyAsync("--change-passwords");

        Assert.Equal(2, result.Code);
        Assert.Contains($"{Relay} is a superuser", result.Error);
        Assert.Equal("1", await ScalarAsync(LoginAs(Relay, "of the administrator"), "select '1'"));
    }

    [Fact]
    public async Task Apply_keeps_the_password_of_an_existing_owner()
    {
        await ScalarAsync(admin.ConnectionString, $"create role \"Owner \"\"x\"\" {suffix}\" login password 'of the application'");

        Assert.Equal(0, (await ApplyAsync("--schema")).Code);

        Assert.Equal("1", await ScalarAsync(LoginAs(Owner, "of the application"), "select '1'"));
    }

    [Fact]
    public async Task Apply_reports_that_the_rights_need_the_migration_first()
    {
        var first = await ApplyAsync();
        Assert.Contains("To do: Run the migration that installs the schema lastmile", first.Output);

        await ScalarAsync(LoginAs(Owner, "owner's"), LastMile.Events.Postgres.OutboxSchema.InstallScript);
        var second = await ApplyAsync();

        Assert.Equal("1 changed, 7 unchanged.", second.Summary);
        Assert.DoesNotContain("migration", second.Output);
        Assert.Equal("0", await ScalarAsync(LoginAs(Relay, "pass'word \"1\""), "select count(*)::text from lastmile.outbox"));
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_created_for_its_owner()
    {
        admin.Database = $"new \"db\" {suffix}";
        tool.Edit(file =>
        {
            file["Postgres"]!["ConnectionString"] = LoginAs(Relay, "r");
            file["Postgres"]!["OwnerConnectionString"] = LoginAs(Owner, "o");
        });
        admin.Database = "postgres";

        Assert.Equal("7 changed, 2 unchanged.", (await ApplyAsync("--schema")).Summary);

        admin.Database = $"new \"db\" {suffix}";
        Assert.Equal("0", await ScalarAsync(LoginAs(Relay, "r"), "select count(*)::text from lastmile.outbox"));
    }

    [Fact]
    public async Task The_printed_script_does_the_same_and_contains_no_password()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/psql"), "psql is not installed.");
        var script = await tool.RunAsync("setup", "postgres", "--schema");
        Assert.DoesNotContain("pass'word", script.Output);
        Assert.DoesNotContain("pass''word", script.Output);
        Assert.DoesNotContain("owner''s", script.Output);
        await File.WriteAllTextAsync(tool.PathOf("setup.sql"), script.Output);

        for (var time = 0; time < 2; time++)
        {
            var run = await tool.RunProgramAsync(
                "psql",
                ["--no-psqlrc", "--host", admin.Host!, "--port", $"{admin.Port}", "--username", admin.Username!, "--dbname", "postgres",
                    "--file", "setup.sql"],
                ("PGPASSWORD", admin.Password!));
            Assert.True(run.Code == 0, run.ToString());
        }

        Assert.Equal("0", await ScalarAsync(LoginAs(Relay, "pass'word \"1\""), "select count(*)::text from lastmile.outbox"));
        Assert.Equal("0 changed, 9 unchanged.", (await ApplyAsync("--schema")).Summary);
    }

    [Fact]
    public async Task The_error_names_the_step_that_the_administrator_may_not_run()
    {
        await ScalarAsync(admin.ConnectionString, $"create role \"weak-{suffix}\" login password 'weak'");

        var result = await tool.RunAsync("setup", "postgres", "--apply", "--admin", LoginAs($"weak-{suffix}", "weak"));

        Assert.Equal(1, result.Code);
        Assert.Contains($"PostgreSQL refused the step 'The role {Relay} exists.': ", result.Error);
        Assert.DoesNotContain("   at ", result.Error);
    }

    [Fact]
    public async Task An_administrator_who_is_no_superuser_can_apply_everything_but_REPLICATION()
    {
        await ScalarAsync(admin.ConnectionString, $"create role \"cloud-{suffix}\" login createrole password 'cloud'");
        await ScalarAsync(admin.ConnectionString, $"alter database {admin.Database} owner to \"cloud-{suffix}\"");

        var result = await tool.RunAsync("setup", "postgres", "--schema", "--apply", "--admin", LoginAs($"cloud-{suffix}", "cloud"));

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("To do: Grant REPLICATION as a superuser", result.Output);
        Assert.Equal("0", await ScalarAsync(LoginAs(Relay, "pass'word \"1\""), "select count(*)::text from lastmile.outbox"));
    }

    private Task<ToolResult> ApplyAsync(params string[] options) =>
        tool.RunAsync(["setup", "postgres", "--apply", "--admin", admin.ConnectionString, .. options]);

    private string LoginAs(string role, string password) => new NpgsqlConnectionStringBuilder(admin.ConnectionString)
    {
        Username = role,
        Password = password,
        Pooling = false,
    }.ConnectionString;

    private static async Task<string?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as string;
    }
}
