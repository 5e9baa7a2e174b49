using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Adds the SQL that starts and ends the capture of tables to the migrations that another generator writes.</summary>
internal sealed class CaptureMigrationsSqlGenerator(
    InnerServices services,
    IServiceProvider provider,
    ISqlGenerationHelper names,
    IRelationalTypeMappingSource types)
    : IMigrationsSqlGenerator
{
    // Lazy, because this service is created during model building and the other generator may need the model.
    private readonly Lazy<IMigrationsSqlGenerator> inner = new(() => services.Create<IMigrationsSqlGenerator>(provider));

    public IReadOnlyList<MigrationCommand> Generate(
        IReadOnlyList<MigrationOperation> operations,
        IModel? model = null,
        MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default)
    {
        var withCapture = InsertCapture(operations, model, options);
        var commands = inner.Value.Generate(withCapture, model, options);

        // A generator may move the operations to a tenant's schema first; then the capture must use that schema too.
        var moved = InsertCapture(operations, model, options);
        return Sql(moved).SequenceEqual(Sql(withCapture), StringComparer.Ordinal) ? commands : inner.Value.Generate(moved, model, options);
    }

    private MigrationOperation[] InsertCapture(
        IReadOnlyList<MigrationOperation> operations,
        IModel? model,
        MigrationsSqlGenerationOptions options)
    {
        var sql = new CaptureSql(names, types, options);
        return [.. new CaptureOperationInserter(operations, model).Insert().Select(sql.Of)];
    }

    private static IEnumerable<string> Sql(IEnumerable<MigrationOperation> operations) =>
        operations.OfType<SqlOperation>().Select(operation => operation.Sql);
}
