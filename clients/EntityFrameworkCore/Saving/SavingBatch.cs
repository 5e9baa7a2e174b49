using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Npgsql.EntityFrameworkCore.PostgreSQL.Update.Internal;

namespace LastMile.Events.EntityFrameworkCore.Saving;

/// <summary>A batch of changes that sends the trace and the actor before them, in the same message.</summary>
/// <remarks>
/// The base class checks how many rows each statement affected, by its position in the message. So while it reads the results, a
/// placeholder represents the leading statement, which returned one row, as the base class expects.
/// </remarks>
internal sealed class SavingBatch(
    ModificationCommandBatchFactoryDependencies dependencies,
    int maxBatchSize,
    SavingContext saving,
    RelationalTypeMapping text)
    : NpgsqlModificationCommandBatch(dependencies, maxBatchSize)
{
    private IReadOnlyList<IReadOnlyModificationCommand>? commandsRead;
    private IList<ResultSetMapping>? resultsRead;

    public override IReadOnlyList<IReadOnlyModificationCommand> ModificationCommands => commandsRead ?? base.ModificationCommands;

    protected override IList<ResultSetMapping> ResultSetMappings => resultsRead ?? base.ResultSetMappings;

    public override void Complete(bool moreBatchesExpected)
    {
        SqlBuilder.Insert(0, SavingContext.Statement + Environment.NewLine);
        AddText(SavingContext.TraceParentParameter, saving.TraceParent);
        AddText(SavingContext.ActorParameter, saving.Actor);
        base.Complete(moreBatchesExpected);
    }

    protected override void Consume(RelationalDataReader reader)
    {
        reader.DbDataReader.NextResult();
        AddPlaceholder();
        try
        {
            base.Consume(reader);
        }
        finally
        {
            RemovePlaceholder();
        }
    }

    protected override async Task ConsumeAsync(RelationalDataReader reader, CancellationToken cancellationToken = default)
    {
        await reader.DbDataReader.NextResultAsync(cancellationToken);
        AddPlaceholder();
        try
        {
            await base.ConsumeAsync(reader, cancellationToken);
        }
        finally
        {
            RemovePlaceholder();
        }
    }

    private void AddText(string name, string? value)
    {
        RelationalCommandBuilder.AddParameter(name, Dependencies.SqlGenerationHelper.GenerateParameterName(name), text, nullable: false);
        ParameterValues.Add(name, value ?? "");
    }

    private void AddPlaceholder()
    {
        resultsRead = [ResultSetMapping.NoResults, .. base.ResultSetMappings];
        commandsRead = [base.ModificationCommands[0], .. base.ModificationCommands];
    }

    private void RemovePlaceholder()
    {
        commandsRead = null;
        resultsRead = null;
    }
}
