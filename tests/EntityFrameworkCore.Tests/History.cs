using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Design;
using Microsoft.Extensions.DependencyInjection;
using Npgsql.EntityFrameworkCore.PostgreSQL.Design.Internal;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A context with its migrations, which are generated, compiled and applied as <c>dotnet ef migrations</c> does.</summary>
internal sealed class History(string connectionString, Action<DbContextOptionsBuilder>? configure = null)
{
    // Shared, so that later compilations reuse the loaded metadata.
    private static readonly IReadOnlyList<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly List<SyntaxTree> migrations = [];
    private readonly List<string> ids = [];
    private Assembly assembly = typeof(History).Assembly;
    private Action<ModelBuilder> current = _ => { };

    /// <summary>Adds a migration to a new model, as <c>dotnet ef migrations add</c> does.</summary>
    /// <param name="model">The new model.</param>
    /// <param name="edit">Edits the migration, as a developer would by hand.</param>
    /// <returns>The generated code of the migration.</returns>
    public string Add(Action<ModelBuilder> model, Func<string, string>? edit = null)
    {
        current = model;
        using var shop = Open();
        var services = new ServiceCollection();
        services.AddDbContextDesignTimeServices(shop);
        new NpgsqlDesignTimeServices().ConfigureDesignTimeServices(services);
        services.AddEntityFrameworkDesignTimeServices();
        using var provider = services.BuildServiceProvider();

        var scaffolded = provider.GetRequiredService<IMigrationsScaffolder>()
            .ScaffoldMigration($"Step{ids.Count + 1}", "GeneratedMigrations");

        ids.Add(scaffolded.MigrationId);
        var code = edit?.Invoke(scaffolded.MigrationCode) ?? scaffolded.MigrationCode;
        migrations.AddRange([CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(scaffolded.MetadataCode)]);
        assembly = Compile([.. migrations, CSharpSyntaxTree.ParseText(scaffolded.SnapshotCode)]);
        return scaffolded.MigrationCode;
    }

    /// <summary>Applies the pending migrations, as <c>Migrate</c> at start; fails if the model has changes without a migration.</summary>
    /// <param name="model">The model of the context that applies them; null for the model of the last migration.</param>
    public async Task UpAsync(Action<ModelBuilder>? model = null)
    {
        await using var shop = Open(model);
        await shop.Database.MigrateAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Reverts to the first <paramref name="applied"/> migrations.</summary>
    public async Task DownToAsync(int applied)
    {
        await using var shop = Open();
        await shop.GetService<IMigrator>().MigrateAsync(
            applied == 0 ? Migration.InitialDatabase : ids[applied - 1], TestContext.Current.CancellationToken);
    }

    /// <summary>Returns the script of <c>dotnet ef migrations script --idempotent</c>.</summary>
    public string IdempotentScript()
    {
        using var shop = Open();
        return shop.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
    }

    private Shop Open(Action<ModelBuilder>? model = null) => new(model ?? current, connectionString, configure, assembly);

    /// <summary>Compiles sources that can access the internal members of this assembly.</summary>
    public static Assembly Compile(IEnumerable<SyntaxTree> sources)
    {
        var compilation = CSharpCompilation.Create(
            "GeneratedMigrations", sources, References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join(Environment.NewLine, result.Diagnostics));
        return Assembly.Load(image.ToArray());
    }
}
